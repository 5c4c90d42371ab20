import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { until } from '../support/netns.ts';
import { fakeHost } from './fake-host.ts';
import { contentOf, migrating, moveSite, WEB } from './move-site.ts';

const MOVING = WEB.replace('rack 1\n', 'rack 1\n  migratingTo: kvm-b\n');
const MOVED = WEB.replace('kvm-a', 'kvm-b');
const ANNOUNCED = 'web moves from kvm-a to kvm-b';
const DONE = 'web is on kvm-b';
const BACK = 'web stays on kvm-a';

/** Waits behind a gate, so that a test says when it ends. */
function gated(site: { directory: string }): { words: string[]; open(): void } {
  const gate = join(site.directory, 'gate');
  return {
    words: ['sh', '-c', 'echo begun; until [ -e "$0" ]; do sleep 0.1; done', gate],
    open: () => writeFileSync(gate, ''),
  };
}

describe('a move that is interrupted', () => {
  test('by Ctrl-C while it waits is taken back', async () => {
    const site = await moveSite();
    site.play.b = { ready: false, why: 'slow' };
    const moving = site.migrate(['true']);
    await moving.shows('kvm-b: slow');
    moving.process.kill('SIGINT');
    expect((await moving.ended).status).toBe(130);
    expect([site.text(), site.subjects()]).toEqual([WEB, [ANNOUNCED, BACK]]);
  });

  test('by Ctrl-C while its command runs goes as the command decides', async () => {
    const site = await moveSite();
    const moving = site.migrate(['sh', '-c', 'trap "exit 9" INT; echo begun; while :; do sleep 0.1; done']);
    await moving.shows('begun');
    moving.process.kill('SIGINT');
    expect((await moving.ended).status).toBe(9);
    expect(site.text()).toBe(WEB);
  });

  test('by kill -9 while it waits goes on when it is run again', async () => {
    const site = await moveSite();
    site.play.b = { ready: false, why: 'slow' };
    const moving = site.migrate(['true']);
    await moving.shows('kvm-b: slow');
    moving.process.kill('SIGKILL');
    await moving.ended;
    expect(site.text()).toBe(MOVING);
    site.play.b = {};
    const again = await site.migrate(['true']).ended;
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('going on with that')]);
    expect([site.text(), site.subjects()]).toEqual([MOVED, [ANNOUNCED, DONE]]);
  });

  test('by kill -9 while its command runs waits for that, and finds where the guest is', async () => {
    const site = await moveSite();
    const { words, open } = gated(site);
    site.play.a = { held: true };
    const moving = site.migrate(words);
    await moving.shows('begun');
    moving.process.kill('SIGKILL');
    await moving.ended;
    const second = await site.migrate(['touch', join(site.directory, 'twice')]).ended;
    expect([second.status, second.stderr]).toEqual([75, expect.stringContaining('runs on this machine')]);
    open();
    const lock = join(site.directory, 'run/migrate-web.lock');
    await until('the command has ended', () => spawnSync('flock', ['-n', lock, 'true']).status === 0, 30);
    // Both ends have it open for a moment: nothing is begun a second time.
    site.play.b = { held: true };
    const third = site.migrate(['touch', join(site.directory, 'twice')]);
    await third.shows('a migration is under way');
    site.play.a = { held: false };
    expect((await third.ended).status).toBe(0);
    expect([site.text(), existsSync(join(site.directory, 'twice'))]).toEqual([MOVED, false]);
    expect(site.subjects()).toEqual([ANNOUNCED, DONE]);
  });

  test.each(['first', 'last', 'back'] as const)(
    'by kill -9 in the middle of a push, the %s, comes to one end when it is run again',
    async (which) => {
      const site = await moveSite();
      const mark = join(site.directory, 'pushing');
      const later = '[ "$(git show main:desired/web.yaml | grep -c migratingTo)" = 1 ] || exit 0\n';
      const script = `#!/bin/sh\n${which === 'first' ? '' : later}echo x >> ${mark}\nuntil [ -e ${mark}.go ]; do sleep 0.1; done\n`;
      writeFileSync(join(site.followed, 'hooks/update'), script, { mode: 0o755 });
      const moving = site.migrate([which === 'back' ? 'false' : 'true']);
      await contentOf(mark);
      moving.process.kill('SIGKILL');
      await moving.ended;
      site.play.a = { held: which !== 'last' };
      site.play.b = { held: which === 'last' };
      const again = site.migrate(['true']);
      writeFileSync(`${mark}.go`, '');
      expect((await again.ended).status).toBe(0);
      expect(site.text()).toBe(MOVED);
    },
  );

  test('is over when git says so: run again, it has nothing to do', async () => {
    const site = await moveSite();
    expect((await site.migrate(['true']).ended).status).toBe(0);
    const again = await site.migrate(['false']).ended;
    expect([again.status, site.subjects()]).toEqual([0, [ANNOUNCED, DONE]]);
  });
});

const HOST_C =
  'apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-c }\nspec:\n  controller: unix:///nowhere\n  networks: { s: { type: bridge, bridge: br-s, manage: true, uplinks: [eth1] } }\n';

describe('two people at once', () => {
  test('with two hosts in mind: the second is refused, with the reason', async () => {
    const site = await moveSite();
    const c = await fakeHost(join(site.directory, 'c.sock'), 'kvm-c', 'web', () => ({
      applied: site.head(),
    }));
    site.push({ 'desired/c.yaml': HOST_C.replace('/nowhere', c.path) }, 'c');
    const { words, open } = gated(site);
    const first = site.migrate(words);
    const env = { ...site.env, RUNTIME_DIRECTORY: join(site.directory, 'run-2') };
    const second = migrating(join(site.tree, 'desired'), 'kvm-c', words, env);
    open();
    const runs = await Promise.all([first.ended, second.ended]);
    const winner = site.text().includes('kvm-b') ? 'kvm-b' : 'kvm-c';
    // Whoever comes when the other has ended finds the guest elsewhere, and moves it on.
    const both = site.subjects().filter((subject) => subject.startsWith('web is on')).length === 2;
    if (both) expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    else {
      const [lost] = runs.filter(({ status }) => status === 1);
      expect(lost?.stderr).toMatch(/is on its way from kvm-a to kvm-[bc] already|put web on/);
      expect(site.text()).toBe(WEB.replace('kvm-a', winner));
    }
  });

  test('the second is refused while the command of the first runs', async () => {
    const site = await moveSite();
    site.push({ 'desired/c.yaml': HOST_C }, 'c');
    const { words, open } = gated(site);
    const first = site.migrate(words);
    await first.shows('begun');
    const env = { ...site.env, RUNTIME_DIRECTORY: join(site.directory, 'run-2') };
    const run = await migrating(join(site.tree, 'desired'), 'kvm-c', ['true'], env).ended;
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringContaining('on its way from kvm-a to kvm-b already'),
    ]);
    open();
    expect((await first.ended).status).toBe(0);
    expect(site.text()).toBe(MOVED);
  });
});
