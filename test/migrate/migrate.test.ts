import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SigningKeys } from '../controller/signing-keys.ts';
import { git } from '../controller/source/git-repository.ts';
import { describeNeeding } from '../support/requires.ts';
import type { Play } from './fake-host.ts';
import { contentOf, migrating, moveSite, WEB } from './move-site.ts';

const MOVING = WEB.replace('rack 1\n', 'rack 1\n  migratingTo: kvm-b\n');
const MOVED = WEB.replace('kvm-a', 'kvm-b');
const ANNOUNCED = 'web moves from kvm-a to kvm-b';
const DONE = 'web is on kvm-b';
const BACK = 'web stays on kvm-a';

/** Says what it is told, and what git says meanwhile. */
const TELL = [
  'sh',
  '-c',
  'echo "$PLUMBLINE_GUEST $PLUMBLINE_FROM $PLUMBLINE_TO"; git -C "$0" show main:desired/web.yaml',
];

describe('plumbline migrate', () => {
  test('moves a guest by two commits around its command', async () => {
    const site = await moveSite();
    const before = git(site.tree, 'rev-parse', 'HEAD');
    writeFileSync(join(site.tree, 'desired/web.yaml'), 'half saved');
    const run = await site.migrate([...TELL, site.followed]).ended;
    expect([run.status, run.stdout]).toEqual([0, `web kvm-a kvm-b\n${MOVING}`]);
    expect(site.text()).toBe(MOVED);
    expect(site.subjects()).toEqual([ANNOUNCED, DONE]);
    expect(git(site.followed, 'log', '-1', '--format=%an <%ae>', 'main')).toBe('Ada <ada@example.com>');
    expect([git(site.tree, 'rev-parse', 'HEAD'), git(site.tree, 'status', '--short')]).toEqual([
      before,
      'M desired/web.yaml',
    ]);
    expect(site.hosts.b.asked).toContainEqual({ do: 'reconcile' });
  });

  test('takes it back when the command fails, and exits with its status', async () => {
    const site = await moveSite();
    site.play.a = { released: true };
    const run = await site.migrate(['sh', '-c', 'exit 7']).ended;
    expect(run.status).toBe(7);
    expect(site.text()).toBe(WEB);
    expect(site.subjects()).toEqual([ANNOUNCED, BACK]);
    expect(site.hosts.a.asked).toContainEqual(expect.objectContaining({ do: 'claim', guest: 'web' }));
    expect(site.hosts.b.asked).not.toContainEqual(expect.objectContaining({ do: 'claim' }));
  });

  test('writes where the guest is when the command fails after it has moved', async () => {
    const site = await moveSite();
    site.play.a = { held: true };
    const gate = join(site.directory, 'gate');
    const moving = site.migrate([
      'sh',
      '-c',
      'echo begun; until [ -e "$0" ]; do sleep 0.1; done; exit 3',
      gate,
    ]);
    await moving.shows('begun');
    site.play.a = { held: false };
    site.play.b = { held: true };
    writeFileSync(gate, '');
    expect((await moving.ended).status).toBe(3);
    expect(site.text()).toBe(MOVED);
  });

  test('changes the repository itself where there is no remote, and brings its files along', async () => {
    const site = await moveSite({ remote: false });
    writeFileSync(join(site.tree, 'desired/net.yaml'), '# half saved');
    const run = await site.migrate(['true']).ended;
    expect(run.status).toBe(0);
    expect(site.text()).toBe(MOVED);
    expect(git(site.tree, 'status', '--short')).toBe('M desired/net.yaml');
    expect(git(site.tree, 'show', 'HEAD:desired/net.yaml')).toContain('Network');
  });

  test('leaves the file alone that somebody is at work on where there is no remote', async () => {
    const site = await moveSite({ remote: false });
    writeFileSync(join(site.tree, 'desired/web.yaml'), `${WEB}# mine\n`);
    const run = await site.migrate(['true']).ended;
    expect([run.status, run.stderr]).toEqual([0, expect.stringContaining('you are at work on them')]);
    expect(site.text()).toBe(MOVED);
    expect(await contentOf(join(site.tree, 'desired/web.yaml'))).toBe(`${WEB}# mine\n`);
  });

  test('writes into the Placement where that says where the guest is', async () => {
    const placement =
      'apiVersion: plumbline/v1\r\nkind: Placement\r\nmetadata: { name: web }\r\nspec: { host: kvm-a } # by hand';
    const site = await moveSite({
      files: { 'desired/web.yaml': WEB.replace(/ {2}host.*\n/, ''), 'desired/where.yaml': placement },
    });
    const run = await site.migrate(['git', '-C', site.followed, 'show', 'main:desired/where.yaml']).ended;
    expect(run.stdout).toBe(placement.replace('kvm-a }', 'kvm-a, migratingTo: kvm-b }'));
    expect(git(site.followed, 'show', 'main:desired/where.yaml')).toBe(placement.replace('kvm-a', 'kvm-b'));
  });

  test('goes on through what others push', async () => {
    const site = await moveSite();
    const gate = join(site.directory, 'gate');
    const moving = site.migrate(['sh', '-c', 'echo begun; until [ -e "$0" ]; do sleep 0.1; done', gate]);
    await moving.shows('begun');
    site.push({ 'desired/other.yaml': '# one\n' });
    writeFileSync(gate, '');
    expect((await moving.ended).status).toBe(0);
    expect(site.text()).toBe(MOVED);
    expect(site.subjects()).toEqual([ANNOUNCED, 'other', DONE]);
  });

  test('does its change anew on what others pushed between its fetch and its push', async () => {
    const site = await moveSite();
    const hook = join(site.followed, 'hooks/pre-receive');
    // The first push finds the branch moved on.
    const script = `#!/bin/sh\n[ -e "$GIT_DIR/once" ] && exit 0\ntouch "$GIT_DIR/once"\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\ntree=$(git rev-parse 'main^{tree}')\ngit -c user.name=b -c user.email=b@example.com update-ref refs/heads/main $(git -c user.name=b -c user.email=b@example.com commit-tree -p main -m quicker $tree)\n`;
    writeFileSync(hook, script, { mode: 0o755 });
    const run = await site.migrate(['true']).ended;
    expect([run.status, site.subjects()]).toEqual([0, ['quicker', ANNOUNCED, DONE]]);
    expect(site.text()).toBe(MOVED);
  });

  test('says why a remote takes no commit', async () => {
    const site = await moveSite();
    const hook = join(site.followed, 'hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "nobody may push here" >&2\nexit 1\n', { mode: 0o755 });
    const run = await site.migrate(['touch', join(site.directory, 'ran')]).ended;
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('does not take the commit')]);
    expect(run.stderr).toContain('nobody may push here');
    expect(site.subjects()).toEqual([]);
  });
});

describe('a move that may not be', () => {
  test.each([
    ['to a host that git does not know', 'kvm-x', {}, 'git knows no host kvm-x'],
    [
      'to a host without the network',
      'kvm-b',
      { 'desired/b.yaml': 'apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-b }\nspec: {}\n' },
      'web cannot be on kvm-b',
    ],
    [
      'while it is on its way to another',
      'kvm-c',
      {
        'desired/web.yaml': MOVING,
        'desired/c.yaml': 'apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-c }\nspec: {}\n',
      },
      'web is on its way from kvm-a to kvm-b already',
    ],
    [
      'of a guest that is nowhere',
      'kvm-b',
      { 'desired/web.yaml': WEB.replace(/ {2}host.*\n/, '') },
      'nothing in git places web on a host',
    ],
    [
      'in a text that cannot be changed',
      'kvm-b',
      { 'desired/web.yaml': WEB.replace('host: kvm-a   # rack 1', 'host: &h kvm-a\n  description: *h') },
      'cannot be changed by a program',
    ],
    [
      'to a host that cannot be asked',
      'kvm-b',
      {
        'desired/b.yaml':
          'apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-b }\nspec: { networks: { s: { type: bridge, bridge: br-s, manage: true, uplinks: [eth1] } } }\n',
      },
      'spec.controller',
    ],
  ])('ends before anything is written: %s', async (_, to, files, words) => {
    const site = await moveSite({ files });
    const run = await site.migrate(['touch', join(site.directory, 'ran')], to).ended;
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(site.subjects()).toEqual([]);
  });

  const taken = {
    id: 'link:web-eth0',
    guests: ['web'],
    why: 'taken',
    text: 'web-eth0 is a stranger',
  } as const;
  const play: [string, Partial<Play>, string][] = [
    [
      'is paused',
      { ready: false, more: { paused: [{ guest: null, until: null, reason: 'night', since: '' }] } },
      'it is paused: night',
    ],
    [
      'waits for somebody',
      { ready: false, more: { waiting: [{ ...taken, guests: [...taken.guests] }] } },
      'web-eth0 is a stranger',
    ],
  ];

  test.each([
    ...play,
    ['follows files', { applied: null }, 'it is at no commit'] as const,
    ['has no controller', { more: { controller: false } }, 'no controller runs there'] as const,
    ['is another', { more: { host: 'kvm-z' } }, 'what answers there is host kvm-z'] as const,
    ['is of another release', { more: { version: undefined } }, 'no status of this release'] as const,
  ])('is not begun when a host %s', async (_, what, words) => {
    const site = await moveSite();
    Object.assign(site.play, { b: what });
    const run = await site.migrate(['touch', join(site.directory, 'ran')]).ended;
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(site.subjects()).toEqual([]);
  });

  test.each(play)('is taken back when a host %s meanwhile', async (_, what, words) => {
    const site = await moveSite();
    const first = site.head();
    Object.defineProperty(site.play, 'b', { get: () => (site.head() === first ? {} : what) });
    const run = await site.migrate(['touch', join(site.directory, 'ran')]).ended;
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect([site.subjects(), site.text()]).toEqual([[ANNOUNCED, BACK], WEB]);
  });

  test('is taken back when a host rejects it', async () => {
    const site = await moveSite();
    const first = site.head();
    const problems = [
      { code: 'x', severity: 'error' as const, message: 'the pool\u001b[2J is full', source: null },
    ];
    const rejected = { why: 'invalid' as const, at: '', retryAt: null, problems };
    // What it answers depends on what is in git when it is asked.
    Object.defineProperty(site.play, 'b', {
      get: (): Partial<Play> => ({
        applied: first,
        more: site.head() === first ? {} : { rejected: { ...rejected, revision: site.head() } },
      }),
    });
    const run = await site.migrate(['touch', join(site.directory, 'ran')]).ended;
    const words = 'kvm-b will not be ready: it rejects the commit: the pool\\x1b[2J is full';
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect([site.subjects(), site.text()]).toEqual([[ANNOUNCED, BACK], WEB]);
  });

  test('is taken back when a host is not ready in time', async () => {
    const site = await moveSite();
    site.play.b = { ready: false, why: 'it has no ofport' };
    const run = await migrating(join(site.tree, 'desired'), 'kvm-b', ['true'], site.env, ['--timeout', '1s'])
      .ended;
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringContaining('kvm-b was not ready in time: it has no ofport'),
    ]);
    expect(site.text()).toBe(WEB);
  });

  test('ends when somebody takes it back meanwhile', async () => {
    const site = await moveSite();
    site.play.b = { ready: false, why: 'slow' };
    const moving = site.migrate(['true']);
    await moving.shows('kvm-b: slow');
    site.push({ 'desired/web.yaml': WEB }, 'no');
    const run = await moving.ended;
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringContaining('somebody has taken migratingTo out'),
    ]);
    expect(site.subjects()).toEqual([ANNOUNCED, 'no']);
  });

  test('is told by its exit status where there is no such program', async () => {
    const site = await moveSite();
    const run = await site.migrate(['no-such-program']).ended;
    expect([run.status, site.subjects()]).toEqual([127, []]);
  });
});

describeNeeding(['signing'], 'commits', () => {
  test('are signed as the repository of the person is set to', async () => {
    const site = await moveSite();
    const keys = new SigningKeys();
    onTestFinished(() => keys.remove());
    const { config, publicKey } = keys.ssh('ada');
    for (const setting of [
      ...config,
      'commit.gpgSign=true',
      'user.name=Ada "of" B\\C',
      'user.email=ada@b.example',
    ]) {
      const [name = '', value = ''] = setting.split(/=(.*)/s);
      git(site.tree, 'config', name, value);
    }
    expect((await site.migrate(['true']).ended).status).toBe(0);
    const allowed = join(site.directory, 'allowed');
    writeFileSync(allowed, `ada@b.example ${publicKey}\n`);
    const log = git(
      site.followed,
      '-c',
      `gpg.ssh.allowedSignersFile=${allowed}`,
      'log',
      '-2',
      '--format=%G? %an %ae',
      'main',
    );
    expect(log).toBe(Array(2).fill('G Ada "of" B\\C ada@b.example').join('\n'));
  });
});

test('no secret of a remote is told', async () => {
  const site = await moveSite();
  git(site.tree, 'remote', 'set-url', 'origin', 'https://bot:s3cr3t-token@127.0.0.1:9/fleet.git');
  const run = await site.migrate(['true']).ended;
  expect([run.status, run.stderr]).toEqual([
    1,
    expect.stringContaining('cannot fetch main of https://127.0.0.1:9/fleet.git'),
  ]);
  expect(run.stdout + run.stderr).not.toMatch(/s3cr3t|bot/);
  expect(existsSync(join(site.directory, 'run/migrate-web'))).toBe(false);
});
