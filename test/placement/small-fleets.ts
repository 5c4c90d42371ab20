import fc from 'fast-check';
import { check } from '../../src/check/check.ts';
import type { PortGroup, Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { Fleet } from '../../src/desired/fleet.ts';
import { makeFleet } from '../support/fleet.ts';

type Hosts = Record<string, SpecOf<'Host'>>;
type Guests = Record<string, SpecOf<'Guest'>>;

/** The parts of a fleet, to be changed and made again. */
export interface Parts {
  networks: Record<string, SpecOf<'Network'>>;
  hosts: Hosts;
  guests: Guests;
}

export function fleetOf(parts: Parts): Fleet {
  return makeFleet(parts);
}

/** Errors that check has of a fleet of these parts. */
export function errorsOf(parts: Parts): string[] {
  return check(fleetOf(parts))
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`);
}

const NETWORKS = ['n0', 'n1', 'n2'];
const limit = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });

const GROUPS: PortGroup[] = [
  { name: 'plain', default: true },
  { name: 'tag', vlan: { tag: 42 } },
  { name: 'trunk', vlan: { trunk: [1, 2] } },
  { name: 'alone', isolated: true },
];

const network: fc.Arbitrary<SpecOf<'Network'>> = fc.record({
  portGroups: fc.constant(GROUPS),
  addressing: fc.constantFrom(undefined, [{ subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: {} }]),
});

const pool = fc
  .uniqueArray(fc.record({ device: fc.constantFrom('eth0', 'eth1', 'eth2'), maxGuests: limit }), {
    selector: ({ device }) => device,
    minLength: 1,
    maxLength: 3,
  })
  .map((entries) =>
    entries.map(({ device, maxGuests }) => ({ device, ...(maxGuests === undefined ? {} : { maxGuests }) })),
  );

function realisation(name: string): fc.Arbitrary<Realisation | undefined> {
  return fc.oneof(
    fc.constant(undefined),
    fc.constant<Realisation>({ type: 'bridge', bridge: `br-${name}` }),
    fc.constant<Realisation>({ type: 'bridge', bridge: `bm-${name}`, manage: true, uplinks: [`up-${name}`] }),
    fc.constant<Realisation>({ type: 'openvswitch', bridge: `ovs-${name}` }),
    fc.constantFrom<Realisation>(
      { type: 'virtual', bridge: `vir-${name}`, forward: 'nat' },
      { type: 'virtual', bridge: `vir-${name}`, forward: 'isolated' },
    ),
    fc
      .record({
        type: fc.constant('direct' as const),
        mode: fc.constantFrom('vepa' as const, 'bridge' as const, 'private' as const),
        nativeVlan: fc.constantFrom(undefined, 42, 43),
        pool,
      })
      .map(({ nativeVlan, ...rest }) => ({ ...rest, ...(nativeVlan === undefined ? {} : { nativeVlan }) })),
    pool.map(
      (entries): Realisation => ({
        type: 'direct',
        mode: 'passthrough',
        pool: entries.map(({ device }) => ({ device })),
      }),
    ),
  );
}

const host: fc.Arbitrary<SpecOf<'Host'>> = fc
  .tuple(fc.tuple(...NETWORKS.map(realisation)), fc.array(limit, { minLength: 3, maxLength: 3 }))
  .map(([entries, limits]) => ({
    networks: Object.fromEntries(
      entries.flatMap((entry, index) => (entry === undefined ? [] : [[NETWORKS[index] ?? '', entry]])),
    ),
    devices: Object.fromEntries(
      limits.map((maxGuests, index) => [`eth${index}`, maxGuests === undefined ? {} : { maxGuests }]),
    ),
  }));

const iface = fc.record({
  network: fc.constantFrom(...NETWORKS),
  portGroup: fc.constantFrom(undefined, undefined, undefined, 'tag', 'trunk', 'alone'),
  address: fc.constantFrom(undefined, undefined, '10.20.0.8', '10.20.0.9'),
  publish: fc.constantFrom(undefined, undefined, 80, 81),
  device: fc.constantFrom(undefined, undefined, undefined, 'br-n0', 'eth0', 'vir-n1'),
});

const guest = fc
  .record({
    wish: fc.nat(),
    standby: fc.constantFrom(undefined, undefined, undefined, 'h0', 'h1'),
    interfaces: fc.array(iface, { minLength: 1, maxLength: 2 }),
  })
  .map(({ wish, standby, interfaces }) => ({
    wish,
    spec: {
      ...(standby === undefined ? {} : { standby: [standby] }),
      interfaces: interfaces.map(({ network, portGroup, address, publish, device }, index) => ({
        name: `eth${index}`,
        network,
        ...(portGroup === undefined ? {} : { portGroup }),
        ...(address === undefined ? {} : { addresses: [address] }),
        ...(address === undefined || publish === undefined
          ? {}
          : { publish: [{ protocol: 'tcp' as const, port: publish }] }),
        ...(device === undefined ? {} : { device }),
      })),
    },
  }));

/**
 * Small fleets in which check finds no error: guests are added one by one, each where it is none, beginning with the
 * host that it was meant for, or nowhere at all.
 */
export function validFleets(most: { hosts: number; guests: number }): fc.Arbitrary<Parts> {
  return fc
    .record({
      networks: fc.tuple(network, network, network),
      hosts: fc.array(host, { minLength: 2, maxLength: most.hosts }),
      guests: fc.array(guest, { minLength: 1, maxLength: most.guests }),
    })
    .map(({ networks, hosts, guests }) => {
      const parts: Parts = {
        networks: Object.fromEntries(networks.map((spec, index) => [`n${index}`, withoutUnset(spec)])),
        hosts: Object.fromEntries(hosts.map((spec, index) => [`h${index}`, spec])),
        guests: {},
      };
      // A host that is no good by itself realises nothing.
      for (const [name] of Object.entries(parts.hosts)) {
        const alone = { ...parts, hosts: { [name]: parts.hosts[name] ?? {} } };
        if (errorsOf(alone).length > 0) parts.hosts[name] = {};
      }
      for (const [index, { wish, spec }] of guests.entries()) addGuest(parts, `g${index}`, wish, spec);
      return parts;
    })
    .filter((parts) => Object.values(parts.guests).some((spec) => spec.host !== undefined));
}

function addGuest(parts: Parts, name: string, wish: number, spec: SpecOf<'Guest'>): void {
  const hosts = Object.keys(parts.hosts);
  const from = wish % hosts.length;
  for (const host of [...hosts.slice(from), ...hosts.slice(0, from)]) {
    const standby = spec.standby?.filter((one) => one !== host && hosts.includes(one));
    const placed = { ...spec, host, ...(standby === undefined ? {} : { standby }) };
    if (errorsOf({ ...parts, guests: { ...parts.guests, [name]: placed } }).length > 0) continue;
    parts.guests[name] = placed;
    return;
  }
}

function withoutUnset({ addressing, ...rest }: SpecOf<'Network'>): SpecOf<'Network'> {
  return addressing === undefined ? rest : { ...rest, addressing };
}
