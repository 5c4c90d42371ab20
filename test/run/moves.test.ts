import { expect, test } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { describeNeeding } from '../support/requires.ts';
import { managedBridge as bridge, guest, guests, managedSwitch as ovs } from './fleet-files.ts';
import { expectConverged, type KernelHost, kernelHost, sharedHost } from './kernel-host.ts';
import { indexes, linkOf } from './kernel-links.ts';
import { ovsBridges, ovsPort, ovsPorts } from './ovs-rows.ts';

type Networks = NonNullable<SpecOf<'Host'>['networks']>;

const pool = (...devices: string[]) => ({
  type: 'direct' as const,
  mode: 'vepa' as const,
  pool: devices.map((device) => ({ device })),
});

describeNeeding(['root', 'ovs'], 'a guest changes its network and kind under one device name', () => {
  const networks: Networks = { direct: pool('p0'), bridged: bridge('br-s', ['eth1']), switched: ovs('sw') };
  const shared = sharedHost({ nics: ['p0', 'eth1'], ovs: true }, async () => {});
  const KINDS = { direct: 'macvtap', bridged: 'tun', switched: 'tun' };
  type Network = keyof typeof KINDS;
  const ALL: Network[] = ['direct', 'bridged', 'switched'];
  const MOVES = ALL.flatMap((from) => ALL.filter((to) => to !== from).map((to) => [from, to] as const));

  test.each(MOVES)('%s to %s', async (from, to) => {
    const host = shared();
    const place = async (network: Network) => {
      host.want({ host: { networks }, guests: { g: guest(network), stays: guest(from), there: guest(to) } });
      await host.converge();
    };
    await place(from);
    const before = indexes(host.links());
    await place(to);
    const links = host.links();
    const device = linkOf(links, 'g-eth0');
    expect(device.linkinfo?.info_kind).toBe(KINDS[to]);
    expect(device.ifalias).toBe('plumbline:Guest/g/eth0');
    expect([device.link, device.master]).toEqual(
      {
        direct: ['p0', undefined],
        bridged: [undefined, 'br-s'],
        switched: [undefined, undefined],
      }[to],
    );
    expect(ovsPorts(host, 'sw').includes('g-eth0')).toBe(to === 'switched');
    if (to === 'switched') expect(ovsPort(host, 'g-eth0').ofport).toBeGreaterThan(0);
    // A tap stays the same tap; all that is not moved stays what it is.
    const same = KINDS[from] === KINDS[to];
    expect(device.ifindex === before['g-eth0']).toBe(same);
    const { 'g-eth0': _, ...rest } = before;
    expect(indexes(links)).toMatchObject(rest);
    await expectConverged(host);
  });
});

describeNeeding(['root', 'ovs'], 'an uplink changes its place', () => {
  const PLACES: Record<string, { networks: Networks; where(host: KernelHost): unknown; is: unknown }> = {
    'one bridge': {
      networks: { x: bridge('br-x', ['nic']), y: bridge('br-y'), z: ovs('sw') },
      where: (host) => linkOf(host.links(), 'nic').master,
      is: 'br-x',
    },
    'another bridge': {
      networks: { x: bridge('br-x'), y: bridge('br-y', ['nic']), z: ovs('sw') },
      where: (host) => linkOf(host.links(), 'nic').master,
      is: 'br-y',
    },
    'Open vSwitch': {
      networks: { x: bridge('br-x'), y: bridge('br-y'), z: ovs('sw', ['nic']) },
      where: (host) => ovsPorts(host, 'sw'),
      is: ['nic'],
    },
    'a pool': {
      networks: { x: bridge('br-x'), y: bridge('br-y'), z: ovs('sw'), d: pool('nic') },
      where: (host) => host.links()['d0-eth0']?.link,
      is: 'nic',
    },
  };
  const shared = sharedHost({ nics: ['nic'], ovs: true }, async () => {});
  const names = Object.keys(PLACES);
  const PAIRS = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));

  test.each(PAIRS)('%s to %s and back', async (a, b) => {
    const host = shared();
    const nic = linkOf(host.links(), 'nic').ifindex;
    for (const [name, other] of [
      [a, b],
      [b, a],
      [a, b],
    ]) {
      const place = PLACES[name ?? ''];
      const left = PLACES[other ?? ''];
      const networks = place?.networks ?? {};
      const placed = 'd' in networks ? guests('d', 2, 'd') : {};
      host.want({ host: { networks }, guests: placed });
      await host.converge();
      expect(place?.where(host)).toEqual(place?.is);
      expect(left?.where(host)).not.toEqual(left?.is);
    }
    expect(linkOf(host.links(), 'nic').ifindex).toBe(nic);
    const recorded = Object.values(host.links()).flatMap((link) => link.altnames ?? []);
    expect(recorded).toHaveLength(linkOf(host.links(), 'nic').master === undefined ? 0 : 1);
    expect((await host.plan()).report.inSync).toBe(true);
    expect(ovsBridges(host)).toEqual(['sw']);
  });
});

describeNeeding(['root'], 'pools', () => {
  const parents = (host: KernelHost) =>
    Object.fromEntries(
      Object.values(host.links())
        .filter((link) => link.linkinfo?.info_kind === 'macvtap')
        .map((link) => [link.ifname.replace('-eth0', ''), link.link]),
    );

  test('guests stay where they are; new ones go where a carrier is and least are', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1', 'p2'] });
    host.ns.ip('link set dev far-p1 down\nlink add link p0 name theirs type macvtap mode vepa\n');
    const want = (devices: string[], count: number, more = {}) =>
      host.want({
        host: { networks: { red: pool(...devices) } },
        guests: { ...guests('g', count, 'red'), ...more },
      });
    want(['p0', 'p1', 'p2'], 3);
    await host.converge();
    // p1 has no carrier, and a stranger sits on p0 already.
    expect(parents(host)).toEqual({ theirs: 'p0', g0: 'p2', g1: 'p0', g2: 'p2' });

    host.ns.ip('link set dev far-p1 up\n');
    want(['p1', 'p2', 'p0'], 3, { new1: guest('red'), new2: guest('red') });
    await host.converge();
    expect(parents(host)).toEqual({ theirs: 'p0', g0: 'p2', g1: 'p0', g2: 'p2', new1: 'p1', new2: 'p1' });

    // A device that leaves the pool gives its guests up, and only its own.
    want(['p1', 'p2'], 3, { new1: guest('red'), new2: guest('red') });
    const { report } = await host.converge();
    expect(report.changes.map(({ action, name, impact }) => [action, name, impact])).toEqual([
      ['replace', 'g1-eth0', 'recreate'],
    ]);
    expect(parents(host)).toMatchObject({ theirs: 'p0', g0: 'p2', g2: 'p2' });
  });

  test('guests on one device swap their addresses and keep their macvtaps', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const want = (...digits: number[]) =>
      host.want({
        host: { networks: { red: pool('p0') } },
        guests: Object.fromEntries(
          digits.map((digit, i) => [`g${i}`, guest('red', { mac: `52:54:00:00:00:0${digit}` })]),
        ),
      });
    want(1, 2, 3, 4, 5);
    await host.converge();
    const before = indexes(host.links());
    want(2, 1, 4, 5, 3);
    await host.converge();
    expect(indexes(host.links())).toEqual(before);
    await expectConverged(host);
  });

  test('overlapping pools leave room for whoever has no choice', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      host: {
        devices: { p0: { maxGuests: 2 }, p1: { maxGuests: 2 } },
        networks: {
          any: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }, { device: 'p1' }] },
          only: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0', maxGuests: 2 }] },
        },
      },
      guests: { ...guests('a', 2, 'any'), ...guests('o', 2, 'only') },
    });
    await host.converge();
    expect(parents(host)).toEqual({ a0: 'p1', a1: 'p1', o0: 'p0', o1: 'p0' });
    await expectConverged(host);
  });

  test('a full pool places what fits, and says which guest does not', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip('link add link p0 name theirs type macvtap mode bridge\n');
    host.want({
      host: {
        networks: { red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0', maxGuests: 8 }] } },
        devices: { p0: { maxGuests: 2 } },
      },
      guests: guests('g', 2, 'red'),
    });
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    expect(report.problems).toMatchObject([{ code: 'pool-full', source: { file: 'guests/g1.yaml' } }]);
    expect(parents(host)).toEqual({ theirs: 'p0', g0: 'p0' });
  });
});
