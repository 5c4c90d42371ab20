import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../../src/controller/good.ts';
import { judge } from '../../src/controller/judge.ts';
import type { Fleet } from '../../src/desired/fleet.ts';
import { document } from '../support/desired-directory.ts';

/** Hosts a and b share a class; web runs on a, db on b. */
const GOOD: Record<string, string> = {
  'net/red.yaml': document('Network', 'red', '{}'),
  'net/blue.yaml': document('Network', 'blue', '{}'),
  'class.yaml': document('HostClass', 'rack', '{ networks: { red: { type: bridge, bridge: br0 } } }'),
  'a.yaml': document('Host', 'a', '{ classes: [rack] }'),
  'b.yaml': document(
    'Host',
    'b',
    '{ classes: [rack], networks: { blue: { type: direct, mode: vepa, pool: [{ device: eth1, maxGuests: 1 }] } } }',
  ),
  'web.yaml': document('Guest', 'web', '{ host: a, interfaces: [{ name: eth0, network: red }] }'),
  'db.yaml': document('Guest', 'db', '{ host: b, interfaces: [{ name: eth0, network: blue }] }'),
};

async function load(files: Record<string, string>) {
  return loadSnapshot({ revision: null, files: { ...GOOD, ...files } }, { cache: null });
}

/** What host `name`, kept at GOOD or at nothing, says of GOOD with these files in place of its own. */
async function verdict(name: string, files: Record<string, string>, kept: Fleet | null | 'good' = 'good') {
  const lastGood = kept === 'good' ? (await load({})).fleet : kept;
  return judge(await load(files), { hostname: name }, lastGood);
}

/** Of hosts a and b, those that reject GOOD with these files. */
async function rejecting(files: Record<string, string>): Promise<string> {
  const verdicts = await Promise.all(
    ['a', 'b'].map(async (name) => [name, await verdict(name, files)] as const),
  );
  return verdicts.flatMap(([name, { is }]) => (is === 'rejected' ? [name] : [])).join();
}

const guest = (name: string, spec: string) => document('Guest', name, spec);

describe('a revision is judged for one host', () => {
  it('is good when nothing is wrong', async () => {
    expect(await verdict('a', {})).toMatchObject({ is: 'good', host: 'a', notices: [] });
  });

  const cases: { what: string; files: Record<string, string>; by: string }[] = [
    {
      what: 'a mistyped key in a guest of b',
      files: { 'db.yaml': guest('db', '{ host: b, interfces: [] }') },
      by: 'b',
    },
    {
      what: 'a mistyped key in a guest of a',
      files: { 'web.yaml': guest('web', '{ host: a, interfces: [] }') },
      by: 'a',
    },
    {
      what: 'a guest that migrates from b to a with a mistake',
      files: {
        'db.yaml': guest('db', '{ host: b, migratingTo: a, interfaces: [{ name: eth0, network: blue }] }'),
      },
      by: 'a,b',
    },
    {
      what: 'a guest whose host was mistyped: it stood on a',
      files: { 'web.yaml': guest('web', '{ host: aa, interfaces: [{ name: eth0, network: red }] }') },
      by: 'a',
    },
    {
      what: 'a guest with the key of its host mistyped: it stood on a',
      files: { 'web.yaml': guest('web', '{ hots: a, interfaces: [{ name: eth0, network: red }] }') },
      by: 'a',
    },
    {
      what: 'a new guest with a mistake, placed on b',
      files: { 'x.yaml': guest('x', '{ host: b }') },
      by: 'b',
    },
    {
      what: 'a Host with a mistake',
      files: { 'b.yaml': document('Host', 'b', '{ classs: [rack] }') },
      by: 'b',
    },
    {
      what: 'a class with a mistake',
      files: { 'class.yaml': document('HostClass', 'rack', '{ x: 1 }') },
      by: 'a,b',
    },
    {
      what: 'a class with a mistake that no host has',
      files: { 'other.yaml': document('HostClass', 'other', '{ x: 1 }') },
      by: '',
    },
    {
      what: 'a network that only b realises',
      files: { 'net/blue.yaml': document('Network', 'blue', '{ mtu: 1 }') },
      by: 'b',
    },
    {
      what: 'a network of the class',
      files: { 'net/red.yaml': document('Network', 'red', '{ mtu: 1 }') },
      by: 'a,b',
    },
    {
      what: 'a network that nobody realises',
      files: { 'x.yaml': document('Network', 'x', '{ mtu: 1 }') },
      by: '',
    },
    {
      what: 'a pool of b that is too small',
      files: { 'x.yaml': guest('x', '{ host: b, interfaces: [{ name: eth0, network: blue }] }') },
      by: 'b',
    },
    {
      what: 'a conflict in an entry of the class that only shows on b',
      files: {
        'b.yaml': document(
          'Host',
          'b',
          '{ classes: [rack], networks: { blue: { type: openvswitch, bridge: br0 } } }',
        ),
      },
      by: 'b',
    },
    {
      what: 'one MAC for guests of a and b',
      files: {
        'web.yaml': guest(
          'web',
          '{ host: a, interfaces: [{ name: eth0, network: red, mac: "52:54:00:00:00:01" }] }',
        ),
        'db.yaml': guest(
          'db',
          '{ host: b, interfaces: [{ name: eth0, network: blue, mac: "52:54:00:00:00:01" }] }',
        ),
      },
      by: 'a,b',
    },
    {
      what: 'a Placement of a guest that is not there, on b',
      files: { 'p.yaml': document('Placement', 'gone', '{ host: b }') },
      by: 'b',
    },
    {
      what: 'a guest of a that a Placement moves to b besides',
      files: { 'p.yaml': document('Placement', 'web', '{ host: b }') },
      by: 'a,b',
    },
    {
      what: 'a second document of a guest of b, which says a',
      files: { 'x.yaml': guest('db', '{ host: a, interfaces: [] }') },
      by: 'a,b',
    },
    { what: 'a file that is no YAML', files: { 'x.yaml': '{ [' }, by: 'a,b' },
    { what: 'an unknown kind', files: { 'x.yaml': document('Gest', 'x', '{ host: b }') }, by: 'a,b' },
    {
      what: 'a document without a name',
      files: { 'x.yaml': 'apiVersion: plumbline/v1\nkind: Guest\n' },
      by: 'a,b',
    },
    { what: 'a Fleet with a mistake', files: { 'f.yaml': document('Fleet', 'f', '{ x: 1 }') }, by: 'a,b' },
    {
      what: 'a fleet for a newer plumbline',
      files: { 'f.yaml': document('Fleet', 'f', '{ minVersion: "99.0.0" }') },
      by: 'a,b',
    },
    {
      what: 'a second Fleet',
      files: { 'f.yaml': `${document('Fleet', 'f', '{}')}---\n${document('Fleet', 'g', '{}')}` },
      by: 'a,b',
    },
    {
      what: 'the Host of a gone',
      files: { 'a.yaml': '', 'web.yaml': guest('web', '{ interfaces: [] }') },
      by: 'a',
    },
  ];
  it.each(cases)('$what: rejected by "$by"', async ({ files, by }) => {
    expect(await rejecting(files)).toBe(by);
  });

  it('tells others’ errors as warnings, and leaves what is broken of theirs out', async () => {
    const said = await verdict('a', { 'db.yaml': guest('db', '{ host: b, interfces: [] }') });
    if (said.is !== 'good') throw new Error('rejected');
    expect(said.notices.length).toBeGreaterThan(0);
    expect(said.notices.every(({ severity }) => severity === 'warning')).toBe(true);
    expect(said.loaded.fleet.guests.has('db')).toBe(false);
  });

  it('tells all problems with a rejection, its own first and as errors', async () => {
    const said = await verdict('b', {
      'a.yaml': document('Host', 'a', '{ x: 1 }'),
      'db.yaml': guest('db', '{ host: b, interfces: [] }'),
    });
    if (said.is !== 'rejected') throw new Error('good');
    expect(said.problems[0]).toMatchObject({ severity: 'error', source: { file: 'db.yaml' } });
    expect(said.problems.filter(({ source }) => source?.file === 'a.yaml')).toMatchObject([
      { severity: 'warning' },
    ]);
  });

  it('does not take another host for this one when this one’s document is broken', async () => {
    const files = { 'a2.yaml': document('Host', 'a2', '{ hostname: a.example }') };
    const kept = (await load(files)).fleet;
    const given = { hostname: 'a.example' };
    expect(judge(await load(files), given, kept)).toMatchObject({ is: 'good', host: 'a2' });
    const broken = { 'a2.yaml': document('Host', 'a2', '{ hostname: a.example, x: 1 }') };
    expect(judge(await load(broken), given, kept).is).toBe('rejected');
  });

  it('with nothing good before, a broken guest that may be meant for any host holds up every host', async () => {
    const files = { 'x.yaml': guest('x', '{ hots: a, interfaces: [] }') };
    expect((await verdict('b', files, null)).is).toBe('rejected');
    expect((await verdict('b', files)).is).toBe('good');
    // The copy that is kept of that state is good again.
    expect((await verdict('b', files, (await load(files)).fleet)).is).toBe('good');
  });
});

describe('a host that serves a segment', () => {
  const SEGMENT = {
    'net/red.yaml': document(
      'Network',
      'red',
      '{ addressing: [{ subnet: 10.20.0.0/24, gateway: 10.20.0.1, dhcp: {} }] }',
    ),
    'a.yaml': document('Host', 'a', '{ networks: { red: { type: bridge, bridge: br0, serve: true } } }'),
    'b.yaml': document('Host', 'b', '{ networks: { red: { type: bridge, bridge: br0 } } }'),
    'db.yaml': guest('db', '{ host: b, interfaces: [{ name: eth0, network: red, addresses: [10.20.0.9] }] }'),
    'cache.yaml': guest('cache', '{ host: b, interfaces: [{ name: eth0, network: red }] }'),
  };
  const judged = async (files: Record<string, string>) =>
    (await verdict('a', { ...SEGMENT, ...files }, (await load(SEGMENT)).fleet)).is;

  it('minds the guests of other hosts whose reservations it has', async () => {
    expect(await judged({})).toBe('good');
    expect(await judged({ 'db.yaml': guest('db', '{ host: b, interfces: [] }') })).toBe('rejected');
    const outside = '{ host: b, interfaces: [{ name: eth0, network: red, addresses: [192.0.2.9] }] }';
    expect(await judged({ 'new.yaml': guest('new', outside) })).toBe('rejected');
  });

  it('and no others', async () => {
    expect(await judged({ 'cache.yaml': guest('cache', '{ host: b, interfces: [] }') })).toBe('good');
    const islands = {
      ...SEGMENT,
      'a.yaml': document('Host', 'a', '{ networks: { red: { type: virtual, bridge: vb0, forward: nat } } }'),
    };
    const files = { ...islands, 'db.yaml': guest('db', '{ host: b, interfces: [] }') };
    expect((await verdict('a', files, (await load(islands)).fleet)).is).toBe('good');
  });
});
