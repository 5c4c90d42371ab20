import { expect, test } from 'vitest';
import type { HostState, LinkState } from '../../src/model/host.ts';
import { renderTree } from '../../src/render/tree.ts';
import { nic } from '../support/host.ts';

const PLAIN = { color: false, unicode: true, width: Number.POSITIVE_INFINITY };

function link(name: string, type: string, other: Partial<LinkState> = {}): LinkState {
  return nic(1, name, { type, ...other });
}

const TAP = {
  mode: 'tap' as const,
  multiQueue: false,
  queues: 1,
  headers: { packetInfo: false, virtio: true },
  owner: { uid: null, gid: null },
};
const VEPA = { macvtap: { mode: 'vepa' }, parent: 'eth2' };

const STATE: HostState = {
  links: [
    link('lo', 'loopback'),
    link('eth1', 'veth', { master: 'br-storage' }),
    link('eth2', 'physical', { mtu: 9000 }),
    link('eth3', 'physical', { up: false }),
    link('db1-eth0', 'macvtap', { ...VEPA, alias: 'plumbline:Guest/db1/eth0' }),
    link('stray', 'macvtap', VEPA),
    link('br-storage', 'bridge', { alias: 'plumbline:Network/storage' }),
    link('cache-eth1', 'tun', {
      tap: TAP,
      master: 'br-storage',
      port: { isolated: true },
      alias: 'plumbline:Guest/cache/eth1',
    }),
    link('ovsbr0', 'tun', { tap: TAP }),
    link('web1-eth0', 'tun', { tap: TAP, alias: 'plumbline:Guest/web1/eth0' }),
  ],
  ovs: {
    bridges: [
      {
        uuid: 'b',
        name: 'ovsbr0',
        datapath: 'netdev',
        externalIds: { plumbline: 'Network/tenants' },
        ports: ['web1-eth0', 'ovsbr0', 'gone'].map((name) => ({
          uuid: name,
          name,
          tag: name === 'web1-eth0' ? 42 : null,
          trunks: [],
          vlanMode: null,
          protected: false,
          externalIds: name === 'web1-eth0' ? { plumbline: 'Guest/web1/eth0' } : {},
          interfaces: [],
        })),
      },
    ],
  },
  ovsUnavailable: null,
};

test('bridges with their ports, then parents with their macvtaps, then the rest', () => {
  expect(renderTree('kvm-a', STATE, PLAIN)).toBe(`kvm-a
├─ br-storage     bridge                network storage
│  ├─ eth1        nic
│  └─ cache-eth1  tap, isolated         cache eth1
├─ ovsbr0         Open vSwitch, netdev  network tenants
│  ├─ gone        no link
│  └─ web1-eth0   tap, vlan 42          web1 eth0
├─ eth2           nic, mtu 9000
│  ├─ db1-eth0    macvtap vepa          db1 eth0
│  └─ stray       macvtap vepa
└─ eth3           nic, down
`);
});

test('a terminal without UTF-8 gets ASCII, and a narrow one no broken lines', () => {
  const text = renderTree('kvm-a', STATE, { color: false, unicode: false, width: 30 });
  expect(text).toMatch(/^[\x20-\x7e\n]+$/);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(30);
});

test('a stranger’s name cannot write to the terminal', () => {
  const state: HostState = { links: [link('a\x1b[2Jb', 'veth')], ovs: null, ovsUnavailable: null };
  expect(renderTree('h', state, { ...PLAIN, color: true })).not.toContain('\x1b[2J');
});

test('a host with nothing on it is its name', () => {
  expect(renderTree('h', { links: [link('lo', 'loopback')], ovs: null, ovsUnavailable: null }, PLAIN)).toBe(
    'h\n',
  );
});
