import { describe, expect, test } from 'vitest';
import { judgeClock, readClock } from '../../../src/controller/doctor/clock.ts';
import { desiredDirectory, scratch } from '../../support/desired-directory.ts';
import { runProgram } from '../../support/program.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const ID = '3f2a91c0d5f1f0a4b3c2d1e0f9a8b7c6d5e4f3a2';

describe('the clock', () => {
  test('commits of the future, the furthest named', () => {
    const commits = [3600_000, 7200_000, -5].map((ahead, i) => ({
      id: `${i}${ID.slice(1)}`,
      at: NOW + ahead,
    }));
    const [finding, ...others] = judgeClock({ now: NOW, commits, synchronised: true });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'commit-in-future', severity: 'warning' });
    expect(finding?.found).toContain('commit 1f2a91c of 2026-03-01T12:00:00.000Z');
    expect(finding?.message).toContain('2 commits');
  });

  test('seconds of difference mean nothing, any date can be told', () => {
    expect(judgeClock({ now: NOW, commits: [{ id: ID, at: NOW + 5000 }], synchronised: null })).toEqual([]);
    expect(judgeClock({ now: NOW, commits: [{ id: ID, at: 9e17 }], synchronised: null })).toHaveLength(1);
  });

  test('a clock that nothing keeps right', () => {
    expect(judgeClock({ now: NOW, commits: [], synchronised: false })).toMatchObject([
      { code: 'clock-unsynchronised', severity: 'warning' },
    ]);
    expect(judgeClock({ now: NOW, commits: [], synchronised: null })).toEqual([]);
  });

  test('read from a real repository', async () => {
    const directory = desiredDirectory({ 'desired/fleet.yaml': 'x\n' });
    const ahead = Math.floor(Date.now() / 1000) + 86_400;
    const env = { ...process.env, GIT_COMMITTER_DATE: `${ahead} +0000`, GIT_CONFIG_GLOBAL: '/dev/null' };
    const git = (...words: string[]) =>
      runProgram('git', ['-C', directory, '-c', 'user.name=a', '-c', 'user.email=a@example', ...words], {
        env,
      });
    await git('init', '-q');
    await git('add', '.');
    expect((await git('commit', '-q', '-m', 'one')).status).toBe(0);
    const facts = await readClock(`${directory}/desired`);
    expect(facts.commits).toMatchObject([{ at: ahead * 1000 }]);
    expect(judgeClock({ ...facts, synchronised: null })).toHaveLength(1);
  });

  test('no repository: nothing to judge', async () => {
    expect((await readClock(scratch())).commits).toEqual([]);
    expect((await readClock('/no/such/directory')).commits).toEqual([]);
  });
});
