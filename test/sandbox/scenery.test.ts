import { expect, test } from 'vitest';
import type { Realisation } from '../../src/desired/documents.ts';
import type { HostNetwork, ResolvedHost } from '../../src/desired/fleet.ts';
import { farEndLines, standInLines } from '../../src/sandbox/links.ts';
import { type Scenery, sceneryOf } from '../../src/sandbox/scenery.ts';

const SOURCE = { file: 'hosts/a.yaml', line: 1, column: 1 };

/** A host with these network entries; `mtu` by network name. */
function hostWith(
  entries: Record<string, Realisation>,
  devices: ResolvedHost['devices'] = {},
  mtu: Record<string, number> = {},
): ResolvedHost {
  const at = () => SOURCE;
  const document = { kind: 'Host' as const, name: 'a', labels: {}, spec: {}, at };
  const networks = Object.entries(entries).map(([name, entry]): [string, HostNetwork] => {
    const spec = mtu[name] === undefined ? {} : { mtu: mtu[name] };
    const network = { kind: 'Network' as const, name, labels: {}, spec, at };
    return [name, { name, network, entry, document, at }];
  });
  return {
    name: 'a',
    document,
    guestDevices: null,
    safety: null,
    controller: null,
    libvirt: null,
    devices,
    networks: new Map(networks),
  };
}

const nic = (name: string, other: Partial<Scenery['nics'][number]> = {}) => ({
  name,
  mac: null,
  altname: null,
  mtu: 1500,
  ...other,
});

test('a device that two networks name is one stand-in, with the larger MTU', () => {
  const scenery = sceneryOf(
    hostWith(
      {
        red: { type: 'direct', mode: 'vepa', pool: [{ device: 'eth1' }, { device: 'eth2' }] },
        blue: { type: 'direct', mode: 'bridge', pool: [{ device: 'eth2' }] },
      },
      {},
      { blue: 9000, red: 1400 },
    ),
  );
  expect(scenery.nics).toEqual([nic('eth1'), nic('eth2', { mtu: 9000 })]);
});

test('a device known by name, MAC or altname is found by just that', () => {
  const scenery = sceneryOf(
    hostWith(
      {
        red: {
          type: 'direct',
          mode: 'vepa',
          pool: ['a', 'b', 'c', 'd', 'eth7'].map((device) => ({ device })),
        },
      },
      {
        a: { match: { name: 'eth7' }, maxGuests: null },
        b: { match: { mac: '02:00:00:00:00:01' }, maxGuests: null },
        c: { match: { altname: 'enp65s0' }, maxGuests: null },
        d: { match: null, maxGuests: 4 },
        unused: { match: { name: 'eth9' }, maxGuests: null },
      },
    ),
  );
  expect(scenery.nics).toEqual([
    nic('eth7'),
    nic('b', { mac: '02:00:00:00:00:01' }),
    nic('c', { altname: 'enp65s0' }),
    nic('d'),
  ]);
});

test('a device known by its MAC takes no name that the documents give to something else', () => {
  const scenery = sceneryOf(
    hostWith(
      {
        red: { type: 'bridge', bridge: 'front', manage: true, uplinks: ['front'] },
        blue: { type: 'bridge', bridge: 'nic0' },
      },
      { front: { match: { mac: '02:00:00:00:00:01' }, maxGuests: null } },
    ),
  );
  expect(scenery.nics.map(({ name }) => name)).toEqual(['nic1']);
});

test('only bridges that exist already are scenery; Open vSwitch is noted either way', () => {
  const scenery = sceneryOf(
    hostWith(
      {
        made: { type: 'bridge', bridge: 'br1', manage: true, uplinks: ['eth1'] },
        office: { type: 'bridge', bridge: 'br0' },
        old: { type: 'openvswitch', bridge: 'ovs0' },
        tenants: { type: 'openvswitch', bridge: 'ovs1', manage: true, uplinks: ['eth2'] },
      },
      {},
      { office: 9000 },
    ),
  );
  expect(scenery).toEqual({
    nics: [nic('eth1'), nic('eth2')],
    bridges: [{ name: 'br0', mtu: 9000 }],
    ovsBridges: ['ovs0'],
    ovsNetworks: ['old', 'tenants'],
    tapNetworks: ['made', 'office', 'old', 'tenants'],
    servedNetworks: [],
  });
});

test('networks that the host serves are noted, whatever they are on', () => {
  const { servedNetworks } = sceneryOf(
    hostWith({
      lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' },
      office: { type: 'bridge', bridge: 'br0' },
      red: { type: 'direct', mode: 'bridge', pool: [{ device: 'eth1' }], serve: true },
    }),
  );
  expect(servedNetworks).toEqual(['lab', 'red']);
});

test('the links of a scenery are one batch here and one in the switch', () => {
  const scenery: Scenery = {
    nics: [nic('eth1'), nic('front', { mac: '02:00:00:00:00:01', altname: 'enp65s0', mtu: 9000 })],
    bridges: [{ name: 'br0', mtu: 1500 }],
    ovsBridges: [],
    ovsNetworks: [],
    tapNetworks: [],
    servedNetworks: [],
  };
  expect(standInLines(scenery)).toEqual([
    'link set dev lo up',
    'link add name eth1 mtu 1500 type veth peer name port0 mtu 1500 netns switch',
    'link set dev eth1 up',
    'link add name front mtu 9000 address 02:00:00:00:00:01 type veth peer name port1 mtu 9000 netns switch',
    'link property add dev front altname enp65s0',
    'link set dev front up',
    'link add name br0 type bridge',
    'link set dev br0 mtu 1500 up',
  ]);
  expect(farEndLines(scenery)).toEqual(['link set dev port0 up', 'link set dev port1 up']);
});
