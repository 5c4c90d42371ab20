import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endClaim, keepClaim, LONGEST_CLAIM, readClaims } from '../../src/controller/claims.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function runtime() {
  const directory = mkdtempSync(join(tmpdir(), 'plc-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const claims = join(directory, 'claims', String(statSync('/proc/self/ns/net').ino));
  return { env: { RUNTIME_DIRECTORY: directory }, claims, directory };
}

describe('claims', () => {
  it('hold until their time, and a later one takes the place of an earlier', () => {
    const { env } = runtime();
    expect(readClaims(env, NOW)).toEqual({ claims: [], problems: [] });
    keepClaim(env, 'web1', 60, NOW - 1000);
    keepClaim(env, 'web1', 60, NOW);
    keepClaim(env, 'db.2', 600, NOW);
    const guests = (now: number) => readClaims(env, now).claims.map(({ guest }) => guest);
    expect(readClaims(env, NOW).claims).toEqual([
      { guest: 'db.2', since: NOW, until: NOW + 600_000 },
      { guest: 'web1', since: NOW, until: NOW + 60_000 },
    ]);
    expect(guests(NOW + 59_999)).toEqual(['db.2', 'web1']);
    expect(guests(NOW + 60_000)).toEqual(['db.2']);
    expect([endClaim(env, 'db.2'), endClaim(env, 'db.2')]).toEqual([true, false]);
    expect(guests(NOW)).toEqual(['web1']);
  });

  it('are files of their user alone, in a directory of the same', () => {
    const { env, claims, directory } = runtime();
    keepClaim(env, 'web1', 60, NOW);
    expect(readdirSync(claims)).toEqual(['web1.json']);
    expect(statSync(join(claims, 'web1.json')).mode & 0o777).toBe(0o600);
    for (const one of [claims, join(directory, 'claims')]) expect(statSync(one).mode & 0o777).toBe(0o700);
  });

  it('outlive no boot, and no clock that was set back', () => {
    const { env, claims } = runtime();
    keepClaim(env, 'web1', 60, NOW);
    const file = join(claims, 'web1.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/"boot":"[^"]+"/, '"boot":"00000000-0000-4000-8000-000000000000"'));
    expect(readClaims(env, NOW)).toEqual({ claims: [], problems: [] });
    writeFileSync(file, text.replace(/"until":"2026/, '"until":"2036'));
    expect(readClaims(env, NOW).claims).toMatchObject([{ until: NOW + LONGEST_CLAIM * 1000 }]);
  });

  it.each([
    ['no JSON', 'x'],
    ['no object', '[]'],
    ['another release', '{"version":2,"guest":"web1"}'],
    ['another guest', '{"version":1,"guest":"web2"}'],
    ['no times', 'TIMES'],
  ])('that cannot be read claim nothing, with a warning: %s', (_, text) => {
    const { env, claims } = runtime();
    keepClaim(env, 'web1', 60, NOW);
    keepClaim(env, 'web2', 60, NOW);
    const file = join(claims, 'web1.json');
    writeFileSync(file, text === 'TIMES' ? readFileSync(file, 'utf8').replaceAll('2026-', 'x-') : text);
    const { claims: held, problems } = readClaims(env, NOW);
    expect(held.map(({ guest }) => guest)).toEqual(['web2']);
    expect(problems).toMatchObject([{ code: 'claim-unreadable', severity: 'warning' }]);
  });

  it('are no other files: a link, a name that is no guest, what a killed run left', () => {
    const { env, claims, directory } = runtime();
    keepClaim(env, 'web1', 60, NOW);
    writeFileSync(join(directory, 'elsewhere'), readFileSync(join(claims, 'web1.json')));
    rmSync(join(claims, 'web1.json'));
    symlinkSync(join(directory, 'elsewhere'), join(claims, 'web1.json'));
    writeFileSync(join(claims, '.web2.json.1.abc'), '{');
    writeFileSync(join(claims, 'Web 3.json'), '{');
    mkdirSync(join(claims, 'web4.json'));
    const { claims: held, problems } = readClaims(env, NOW);
    expect(held).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['claim-unreadable', 'claim-unreadable']);
  });
});
