import fc from 'fast-check';
import type { Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { Fleet } from '../../src/desired/fleet.ts';
import { withClaims } from '../../src/desired/resolve.ts';
import type { HostRoute } from '../../src/model/addressing.ts';
import type { HostState, LinkState } from '../../src/model/host.ts';
import { linkMark, RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../../src/model/mark.ts';
import { maybe, stated } from '../support/arbitraries.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignBridge, foreignMacvtap, foreignTap, makeHost, nic, unfinishedTap } from '../support/host.ts';

/** Random fleets and random hosts that have something to do with one another. The host's name is `h`. */

const NICS = ['eth0', 'eth1', 'eth2', 'eth3', 'eth4', 'eth5'] as const;

const uplinks = (from: readonly string[]) => maybe(fc.subarray([...from], { maxLength: 1 }));

const bridgeEntry = (bridge: string, from: readonly string[]): fc.Arbitrary<Realisation> =>
  fc
    .record({
      type: fc.constant('bridge' as const),
      bridge: fc.constant(bridge),
      manage: fc.constant(true),
      uplinks: uplinks(from),
      stp: maybe(fc.boolean()),
      ageingTime: maybe(fc.constantFrom(0, 300)),
      multicastSnooping: maybe(fc.boolean()),
      moveAddresses: maybe(fc.boolean()),
    })
    .map(stated);

const directEntry = (mode: 'vepa' | 'bridge' | 'private' | 'passthrough', from: readonly string[]) =>
  fc
    .subarray([...from], { minLength: 1 })
    .chain((devices) =>
      fc.tuple(
        ...devices.map((device) =>
          maybe(fc.integer({ min: 1, max: 3 })).map((maxGuests) => ({ device, maxGuests })),
        ),
      ),
    )
    .map(
      (pool): Realisation => ({
        type: 'direct',
        mode,
        pool: pool.map((entry) => (mode === 'passthrough' ? { device: entry.device } : stated(entry))),
      }),
    );

const entries: Record<string, fc.Arbitrary<Realisation>> = {
  pool: fc.oneof(
    directEntry('vepa', ['eth2', 'eth3']),
    directEntry('bridge', ['eth2', 'eth3', 'eth4']),
    bridgeEntry('br-a', ['eth2']),
  ),
  lan: fc.oneof(
    bridgeEntry('br-a', ['eth1', 'eth3']),
    bridgeEntry('br-b', ['eth1']),
    fc.constant<Realisation>({ type: 'bridge', bridge: 'br0' }),
    fc.constant<Realisation>({ type: 'bridge', bridge: 'absent' }),
  ),
  tenants: fc.oneof(
    fc
      .record({ uplinks: uplinks(['eth1', 'eth4']) })
      .map((rest): Realisation => stated({ type: 'openvswitch', bridge: 'ovs-a', manage: true, ...rest })),
    fc.constant<Realisation>({ type: 'openvswitch', bridge: 'ovs-x' }),
    // What may be a Linux bridge in another commit, and the other way round.
    fc.constant<Realisation>({ type: 'openvswitch', bridge: 'br-b', manage: true }),
    bridgeEntry('ovs-a', ['eth4']),
    fc.constant<Realisation>({ type: 'bridge', bridge: 'br0' }),
  ),
  alone: directEntry('passthrough', ['eth5', 'eth4']),
};

const networkSpec: fc.Arbitrary<SpecOf<'Network'>> = fc
  .record({
    mtu: maybe(fc.constantFrom(1400, 1500)),
    portGroups: maybe(
      fc.constantFrom<NonNullable<SpecOf<'Network'>['portGroups']>>(
        [{ name: 'web', default: true, vlan: { tag: 42 } }],
        [{ name: 'all', default: true, vlan: { trunk: [10, 20], native: 10 } }],
        [{ name: 'apart', default: true, isolated: true }],
      ),
    ),
  })
  .map(stated);

const guestSpec: fc.Arbitrary<SpecOf<'Guest'>> = fc
  .record({
    host: maybe(fc.constantFrom('h', 'h', 'k')),
    migratingTo: maybe(fc.constantFrom('h', 'k')),
    standby: maybe(fc.constant<string[]>(['h'])),
    adopt: maybe(fc.boolean()),
    interfaces: fc.uniqueArray(
      fc
        .record({
          name: fc.constantFrom('e0', 'e1', 'a-very-long-interface-name'),
          network: fc.constantFrom(...Object.keys(entries)),
          queues: maybe(fc.constantFrom(1, 4)),
        })
        .map(stated),
      { selector: (iface) => iface.name, maxLength: 2 },
    ),
  })
  .map(stated);

/** Every network is on the host, every guest may be on it; not every fleet would pass `check`, and none may harm. */
export const fleets: fc.Arbitrary<Fleet> = fc
  .record({
    networks: fc.record(Object.fromEntries(Object.keys(entries).map((name) => [name, networkSpec]))),
    entries: fc.record(entries),
    guests: fc.dictionary(fc.constantFrom('g0', 'g1', 'g2', 'g3', 'g4', 'g5'), guestSpec, { maxKeys: 6 }),
    claimed: fc.subarray(['g0', 'g1', 'g2', 'g3']),
  })
  .map(({ networks, entries: hostNetworks, guests, claimed }) =>
    withClaims(
      makeFleet({
        networks,
        guests,
        hosts: { h: { networks: hostNetworks }, k: { networks: hostNetworks } },
      }),
      'h',
      claimed,
    ),
  );

const strangers: fc.Arbitrary<LinkState[]> = fc.subarray([
  foreignTap(20, 'vnet0', { master: 'br0', port: { isolated: false } }),
  foreignTap(21, 'g0-e0'),
  foreignMacvtap(22, 'mv0', 'eth2'),
  foreignMacvtap(23, 'mv1', 'eth5', { macvtap: { mode: 'passthru' } }),
  foreignBridge(24, 'br-b'),
  nic(25, 'old', { altnames: ['g1-a-very-long-interface-name'] }),
  unfinishedTap(26, 'g2-e0'),
  unfinishedTap(27, 'of-before'),
]);

/** A host that Plumbline has never seen. */
export const hosts: fc.Arbitrary<HostState> = fc
  .record({
    down: fc.subarray([...NICS], { maxLength: 2 }),
    addressed: fc.subarray(['eth0', 'eth1', 'eth3']),
    dynamic: fc.boolean(),
    missing: fc.subarray(['eth3', 'eth4'], { maxLength: 1 }),
    enslaved: fc.boolean(),
    strangers,
    ovs: fc.boolean(),
  })
  .map(({ down, addressed, dynamic, missing, enslaved, strangers: foreign, ovs }) => {
    const standing = NICS.filter((name) => !missing.some((gone) => gone === name));
    const nics = standing.map((name, i) =>
      nic(i + 2, name, {
        up: !down.includes(name),
        carrier: !down.includes(name),
        ...(addressed.some((one) => one === name) ? addressing(i, dynamic && name === 'eth3') : {}),
        master: name === 'eth1' && enslaved ? 'br0' : null,
        port: name === 'eth1' && enslaved ? { isolated: false } : null,
      }),
    );
    const bridge = { uuid: 'x', name: 'ovs-x', datapath: 'netdev' as const, externalIds: {}, ports: [] };
    const state = makeHost(
      [nic(1, 'lo'), ...nics, foreignBridge(10, 'br0'), ...foreign],
      ovs ? [bridge] : null,
    );
    state.routes = standing.flatMap((name, i) =>
      addressed.some((one) => one === name) ? routes(i, name) : [],
    );
    return state;
  });

/** Addresses of the host itself on the NIC number `i`, as the kernel lists them. */
function addressing(i: number, dynamic: boolean): Pick<LinkState, 'addresses' | 'globalAddresses'> {
  const one = {
    peer: null,
    broadcast: null,
    metric: null,
    label: '',
    noPrefixRoute: false,
    deprecated: false,
  };
  const rest = { ...one, origin: 'static' as const };
  return {
    globalAddresses: [`192.0.${i}.7/24`, `2001:db8:${i}::7/64`],
    addresses: [
      {
        ...rest,
        family: 4,
        local: `192.0.${i}.7`,
        prefix: 24,
        scope: 0,
        origin: dynamic ? 'dynamic' : 'static',
      },
      { ...rest, family: 6, local: `2001:db8:${i}::7`, prefix: 64, scope: 0 },
      { ...rest, family: 6, local: `fe80::${i}`, prefix: 64, scope: 253 },
    ],
  };
}

/** The kernel's own route of an address, and two that somebody made. */
function routes(i: number, device: string): HostRoute[] {
  const one = { type: 'unicast', source: null, onlink: false, preference: null, metrics: [], unsayable: [] };
  const rest = { ...one, table: 254, scope: 0, metric: null, gateway: null, devices: [device] };
  return [
    { ...rest, family: 4, destination: `192.0.${i}.0/24`, protocol: 2, scope: 253 },
    { ...rest, family: 6, destination: `2001:db8:${i}::/64`, protocol: 2, metric: 256 },
    { ...rest, family: 4, destination: '0.0.0.0/0', gateway: `192.0.${i}.1`, protocol: 3, metric: i },
    { ...rest, family: 6, destination: '::/0', gateway: 'fe80::1', protocol: 3, metric: i, table: 100 + i },
  ];
}

/** What others may do to a host behind our back, by a number that chooses it. */
export function drift(state: HostState, choices: readonly number[]): HostState {
  const after = structuredClone(state);
  for (const choice of choices) {
    const ours = after.links.filter((link) => linkMark(link).is === 'ours');
    const link = ours[choice % Math.max(1, ours.length)];
    if (link === undefined) continue;
    switch (choice % 10) {
      case 0:
        after.links = after.links.filter((one) => one !== link && one.parent !== link.name);
        for (const one of after.links) if (one.master === link.name) one.master = null;
        after.routes = (after.routes ?? []).filter(({ devices }) => !devices.includes(link.name));
        break;
      case 1:
        link.up = false;
        break;
      case 2:
        link.mtu = 1300;
        break;
      case 3:
        if (link.tap !== null) link.master = null;
        break;
      case 4:
        if (link.tap !== null) link.master = 'br0';
        break;
      case 5:
        link.group = 0x706c6e01;
        break;
      case 6:
        link.alias = 'plumbline:Guest/someone/e0';
        break;
      case 7:
        if (link.bridge !== null) link.bridge.stp = !link.bridge.stp;
        if (link.macvtap !== null) link.mac = '02:00:00:00:00:aa';
        break;
      case 8:
      case 9:
        if (link.tap === null && link.macvtap === null) break;
        link.up = false;
        link.group = choice % 10 === 8 ? RELEASED_GROUP : RELEASED_IN_MOVE_GROUP;
        break;
    }
  }
  return after;
}
