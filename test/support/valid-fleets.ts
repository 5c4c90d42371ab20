import fc from 'fast-check';
import { check } from '../../src/check/check.ts';
import type { Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { Fleet } from '../../src/desired/fleet.ts';
import type { FleetParts } from '../run/fleet-files.ts';
import { maybe, stated } from './arbitraries.ts';
import { makeFleet } from './fleet.ts';

/**
 * Random fleets without a problem, of which any may follow any other on one host, `a`: every network may be of every
 * kind, the bridges have three names in all, and every NIC may be an uplink here and in a pool there.
 */

export const NICS = ['eth0', 'eth1', 'eth2', 'eth3'];
const NETWORKS = ['n1', 'n2', 'n3'] as const;
const MACS = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03'];

const bridgeName = fc.constantFrom('br-x', 'br-y', 'br-z');
const bridged = (type: 'bridge' | 'openvswitch', maxUplinks: number) =>
  fc
    .record({
      bridge: bridgeName,
      uplinks: fc.subarray(NICS, { maxLength: maxUplinks }),
      stp: type === 'bridge' ? maybe(fc.boolean()) : fc.constant(undefined),
    })
    .map(({ bridge, uplinks, stp }) => {
      const common = { bridge, manage: true, uplinks, loopFree: true };
      return (
        type === 'bridge' ? stated({ type, ...common, stp }) : { type, ...common, datapath: 'netdev' }
      ) as Realisation;
    });
const direct = fc
  .record({
    mode: fc.constantFrom('vepa' as const, 'bridge' as const, 'private' as const, 'passthrough' as const),
    devices: fc.subarray(NICS, { minLength: 1, maxLength: 3 }),
  })
  .map(
    ({ mode, devices }): Realisation => ({
      type: 'direct',
      mode,
      pool: devices.map((device) => ({ device })),
    }),
  );
const virtual = fc
  .record({ bridge: bridgeName, forward: fc.constantFrom('isolated' as const, 'nat' as const) })
  .map((rest): Realisation => ({ type: 'virtual', ...rest }));

const guest: fc.Arbitrary<SpecOf<'Guest'>> = fc.record({
  host: fc.constantFrom('a', 'a', 'a', 'elsewhere'),
  interfaces: fc.uniqueArray(
    fc
      .record({
        name: fc.constantFrom('e0', 'e1', 'a-very-long-interface-name'),
        network: fc.constantFrom(...NETWORKS),
        queues: maybe(fc.constantFrom(1, 4)),
        mac: maybe(fc.constantFrom(...MACS)),
      })
      .map(stated),
    { selector: ({ name }) => name, minLength: 1, maxLength: 2 },
  ),
});

const network = (index: number): fc.Arbitrary<SpecOf<'Network'>> => {
  const addressing: SpecOf<'Network'>['addressing'] = [
    { subnet: `10.99.${index}.0/24`, gateway: `10.99.${index}.1`, dhcp: {} },
  ];
  const portGroups: SpecOf<'Network'>['portGroups'] = [{ name: 'apart', default: true, isolated: true }];
  return fc
    .record({
      mtu: maybe(fc.constantFrom(1400, 1500)),
      portGroups: maybe(fc.constant(portGroups)),
      addressing: maybe(fc.constant(addressing)),
    })
    .map(stated);
};

/** `serving`: among them virtual networks, for which the host runs services. */
export function validFleets({ serving }: { serving: boolean }): fc.Arbitrary<FleetParts> {
  const entry = fc.oneof(
    bridged('bridge', 2),
    bridged('openvswitch', 1),
    direct,
    ...(serving ? [virtual] : []),
  );
  return fc
    .record({
      networks: fc.record({ n1: network(1), n2: network(2), n3: network(3) }),
      entries: fc.record({ n1: entry, n2: entry, n3: entry }),
      guests: fc.dictionary(fc.constantFrom('g0', 'g1', 'g2', 'g3'), guest, { maxKeys: 4 }),
    })
    .map(({ networks, entries, guests }): FleetParts => {
      const host = { networks: entries };
      return { networks, host, hosts: { elsewhere: host }, guests };
    })
    .filter((parts) => !check(asFleet(parts)).some(({ severity }) => severity === 'error'));
}

export function asFleet({ networks = {}, host, hosts, guests = {} }: FleetParts): Fleet {
  return makeFleet({ networks, guests, hosts: { a: host, ...hosts } });
}
