import { describe, expect, test } from 'vitest';
import { fleetFiles } from '../check/fixtures.ts';
import { PLACES } from '../placement/fixtures.ts';
import { desiredDirectory, scratch } from '../support/desired-directory.ts';
import { plumbline } from '../support/program.ts';

/** The cache in a place of the test's own. */
function run(...argv: string[]) {
  return plumbline(argv, { env: { ...process.env, CACHE_DIRECTORY: scratch(), PLUMBLINE_HOST: '' } });
}

const fleet = (...texts: string[]) => desiredDirectory(fleetFiles(PLACES, ...texts));
const MORE = Array.from({ length: 12 }, (_, n) => `Host h${n}: {}`).join('\n');

describe('where', () => {
  test('the hosts by verdict, the good ones first, those that are alike as one', async () => {
    const { status, stdout, stderr } = await run('where', 'web', fleet(MORE));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(`web, now on a, can be on 2 of 15 hosts.
It has eth0 on red (web).

Yes: 2 hosts
  b, c

No: 13 hosts
  h0, h1, h2, h3, h4, h5, h6, h7 and 4 more
      network-not-realised  red is not realised there
  a
      here                  it is here
`);
  });

  test('JSON, of every host', async () => {
    const { status, stdout } = await run('where', 'web', fleet('Host d: {}'), '-o', 'json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      guest: 'web',
      hosts: [
        { host: 'a', verdict: 'no', reasons: [{ code: 'here', message: 'it is here' }] },
        { host: 'b', verdict: 'yes', reasons: [] },
        { host: 'c', verdict: 'yes', reasons: [] },
        {
          host: 'd',
          verdict: 'no',
          reasons: [{ code: 'network-not-realised', message: 'red is not realised there' }],
        },
      ],
    });
  });

  test('a guest that the fleet does not know, with the one that was meant', async () => {
    const { status, stdout, stderr } = await run('where', 'wbe', fleet());
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('error[unknown-guest]');
    expect(stderr).toContain('did you mean web?');
  });

  test('a guest whose own document is not valid is there: what is wrong in it is told, with its place', async () => {
    const { status, stderr } = await run('where', 'bad', fleet('Guest bad: { interfaces: 7 }'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[guest-broken\] \S+\.yaml:\d+:\d+$/m);
    expect(stderr).toContain('the document of guest bad is not valid: interfaces is of the wrong type');
    expect(stderr).not.toContain('unknown-guest');
  });

  test('documents with errors: it is told that there are any, and what they make impossible to tell', async () => {
    const { status, stdout, stderr } = await run(
      'where',
      'web',
      fleet('Host d: { networks: 7 }'),
      '-o',
      'json',
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/^The documents have an error, which plumbline check tells/);
    expect(JSON.parse(stdout)).toMatchObject({
      hosts: [
        { host: 'a' },
        { verdict: 'yes' },
        { verdict: 'yes' },
        { host: 'd', reasons: [{ code: 'host-broken' }] },
      ],
    });
  });

  test('neither a guest nor --all, or both', async () => {
    expect(await run('where')).toMatchObject({ status: 64 });
    expect(await run('where', 'web', fleet(), '--host', 'b')).toMatchObject({ status: 64 });
    expect(await run('where', 'web', fleet(), '--host', 'b', '--all')).toMatchObject({ status: 64 });
  });
});

describe('where --all', () => {
  test('a host for each guest', async () => {
    const directory = fleet('Guest web2: { host: a, interfaces: [{ name: eth0, network: red }] }');
    const { status, stdout } = await run('where', directory, '--host', 'a', '--all');
    expect(status).toBe(0);
    expect(stdout).toBe('There is a host for each of the 2 guests of a.\n\n  web  → b\n  web2 → c\n');
    const json = await run('where', '--all', '--host', 'a', directory, '-o', 'json');
    expect(JSON.parse(json.stdout)).toEqual({
      version: 1,
      host: 'a',
      guests: [
        { guest: 'web', to: 'b', verdict: 'yes', reasons: [] },
        { guest: 'web2', to: 'c', verdict: 'yes', reasons: [] },
      ],
    });
  });

  test('exit 1 when one is left over, and why', async () => {
    const directory = fleet('Host b: {}\nHost c: {}');
    const { status, stdout } = await run('where', '--all', '--host', 'a', directory);
    expect(status).toBe(1);
    expect(stdout).toContain('There is a host for 0 of the 1 guest of a, and none for 1.');
    expect(stdout).toContain('on 2 hosts, such as b: red is not realised there');
  });

  test('a host that the fleet does not know', async () => {
    const { status, stderr } = await run('where', '--all', '--host', 'aa', fleet());
    expect(status).toBe(1);
    expect(stderr).toContain('did you mean a?');
  });
});

describe('can-migrate', () => {
  test('exit 0 where it can', async () => {
    const { status, stdout } = await run('can-migrate', 'web', 'b', fleet());
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Yes: web, now on a, can be on b.\n' });
  });

  test('exit 1 where it cannot, with the reasons of where', async () => {
    const directory = fleet('Host d: {}');
    const { status, stdout } = await run('can-migrate', 'web', 'd', directory);
    expect(status).toBe(1);
    expect(stdout).toBe(
      'No: web, now on a, cannot be on d.\n      network-not-realised  red is not realised there\n',
    );
    const json = await run('can-migrate', 'web', 'd', directory, '-o', 'json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({
      version: 1,
      guest: 'web',
      hosts: [
        {
          host: 'd',
          verdict: 'no',
          reasons: [{ code: 'network-not-realised', message: 'red is not realised there' }],
        },
      ],
    });
  });

  test('an island: only where that is allowed', async () => {
    const island = (name: string) =>
      `Host ${name}: { networks: { lab: { type: virtual, bridge: virbr0, forward: isolated } } }`;
    const directory = fleet(
      `${island('a')}\n${island('d')}\nGuest web: { host: a, interfaces: [{ name: eth0, network: lab }] }`,
    );
    expect(await run('can-migrate', 'web', 'd', directory)).toMatchObject({ status: 1 });
    const allowed = await run('can-migrate', 'web', 'd', directory, '--allow-islands');
    expect(allowed.status).toBe(0);
    expect(allowed.stdout).toMatch(/^Degraded: web, now on a, can be, but not as it was, on d\./);
  });

  test('a host that the fleet does not know, and one by its hostname', async () => {
    expect((await run('can-migrate', 'web', 'bb', fleet())).stderr).toContain('did you mean b?');
    const directory = fleet(
      'Host d: { hostname: d.example, networks: { red: { type: bridge, bridge: br0 } } }',
    );
    expect(await run('can-migrate', 'web', 'd.example', directory)).toMatchObject({ status: 0 });
  });
});
