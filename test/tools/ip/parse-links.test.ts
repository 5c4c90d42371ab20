import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountNames, parseLinks } from '../../../src/tools/ip/parse-links.ts';

const NOBODY = { users: new Map<string, number>(), groups: new Map<string, number>() };

const KEYS = [
  'ifindex',
  'ifname',
  'flags',
  'mtu',
  'master',
  'group',
  'link',
  'link_index',
  'link_netnsid',
  'address',
  'permaddr',
  'linkinfo',
  'info_kind',
  'info_data',
  'info_slave_kind',
  'info_slave_data',
  'ifalias',
  'altnames',
  'addr_info',
  'local',
  'prefixlen',
  'scope',
  'user',
  'type',
  'mode',
  'multi_queue',
  'numqueues',
  'forward_delay',
  '__proto__',
];
const KNOWN_TEXTS = [
  'tun',
  'macvtap',
  'bridge',
  'openvswitch',
  'veth',
  'tap',
  'UP',
  'LOWER_UP',
  'default',
  'global',
];

/** JSON in the shape of ip's, with keys missing, of the wrong type, or unknown. */
const oddJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...KNOWN_TEXTS),
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 12 }),
  ),
})).value;

test('odd but valid JSON never throws, and gives whole link states', () => {
  fc.assert(
    fc.property(fc.oneof(oddJson, fc.array(oddJson)), (json) => {
      accountNames(json);
      for (const link of parseLinks(json, NOBODY)) {
        expect(Number.isFinite(link.index)).toBe(true);
        expect(typeof link.name).toBe('string');
        expect(typeof link.mtu).toBe('number');
        expect(Number.isInteger(link.group)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("a port of Open vSwitch's kernel data path has no master that is a bridge", () => {
  const links = parseLinks(
    [
      { ifindex: 2, ifname: 'ovs-system', linkinfo: { info_kind: 'openvswitch' } },
      { ifindex: 3, ifname: 'eth0', master: 'ovs-system' },
      { ifindex: 4, ifname: 'eth1', master: 'br0' },
    ],
    NOBODY,
  );
  expect(links.map((link) => link.master)).toEqual([null, null, 'br0']);
});

test('a lower link in another namespace is none that we can name', () => {
  const links = parseLinks(
    [
      { ifindex: 2, ifname: 'eth0', permaddr: 'AA:bb:cc:00:00:01' },
      {
        ifindex: 3,
        ifname: 'm0',
        link: 'eth0',
        linkinfo: { info_kind: 'macvtap', info_data: { mode: 'vepa' } },
      },
      { ifindex: 4, ifname: 'm1', link_index: 2, link_netnsid: 0, linkinfo: { info_kind: 'macvtap' } },
      { ifindex: 5, ifname: 'm2', link: 'if77', linkinfo: { info_kind: 'macvtap' } },
    ],
    NOBODY,
  );
  expect(links.map((link) => link.parent)).toEqual([null, 'eth0', null, null]);
  expect(links[0]?.permanentMac).toBe('aa:bb:cc:00:00:01');
});

test('account names become numbers, numbers stay, and an unknown name is not guessed', () => {
  const tap = (user: string | number) => ({
    ifindex: 2,
    ifname: 't',
    linkinfo: { info_kind: 'tun', info_data: { type: 'tap', user, group: 'kvm' } },
  });
  const accounts = { users: new Map([['libvirt-qemu', 64055]]), groups: new Map([['kvm', 106]]) };
  const owner = (user: string | number) => parseLinks([tap(user)], accounts)[0]?.tap?.owner;
  expect(owner('libvirt-qemu')).toEqual({ uid: 64055, gid: 106 });
  expect(owner(0)).toEqual({ uid: 0, gid: 106 });
  expect(owner('who')).toEqual({ uid: null, gid: 106 });
  expect(accountNames([tap('libvirt-qemu'), tap(5)])).toEqual({
    users: new Set(['libvirt-qemu']),
    groups: new Set(['kvm']),
  });
});
