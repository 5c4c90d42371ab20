import type { SpecOf } from '../../src/desired/documents.ts';

/** What the network is on a host of the site. */
export type Realisation = 'macvtap pool' | 'bridge' | 'openvswitch';

const NETWORK = 'red-network';

/** One network, and hosts on each of which it is something else. */
export function fleetOf(hosts: Readonly<Record<string, Realisation>>): Record<string, string> {
  return Object.assign(
    fileOf('Network', NETWORK, { mtu: 1500 }),
    ...Object.entries(hosts).map(([name, realisation]) =>
      fileOf('Host', name, { networks: { [NETWORK]: NETWORKS[realisation] } }),
    ),
  );
}

const NETWORKS: Record<Realisation, NonNullable<SpecOf<'Host'>['networks']>[string]> = {
  'macvtap pool': {
    type: 'direct',
    mode: 'bridge',
    pool: [
      { device: 'eth1', maxGuests: 2 },
      { device: 'eth2', maxGuests: 1 },
    ],
  },
  bridge: { type: 'bridge', bridge: 'br-red', manage: true, uplinks: ['eth1'], stp: false },
  openvswitch: {
    type: 'openvswitch',
    bridge: 'ovs-red',
    manage: true,
    uplinks: ['eth1'],
    datapath: 'netdev',
  },
};

/** Where a guest is stands apart from what it is. */
export function guestsOf(guests: Readonly<Record<string, SpecOf<'Placement'>>>): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(guests).flatMap(([name, placement]) => [
      fileOf('Guest', name, { interfaces: [{ name: 'eth0', network: NETWORK }] }),
      fileOf('Placement', name, placement),
    ]),
  );
}

/** One document in a file of its own, by the file's name. */
export function fileOf(kind: string, name: string, spec: object): Record<string, string> {
  const document = { apiVersion: 'plumbline/v1', kind, metadata: { name }, spec };
  return { [`desired/${kind.toLowerCase()}s/${name}.yaml`]: `${JSON.stringify(document, null, 2)}\n` };
}
