import { describe, expect, test } from 'vitest';
import type { MarkedLink } from '../../src/model/mark.ts';
import {
  BUILDING_GROUP,
  DELETION_GROUPS,
  isForeignWithOurPrefix,
  linkMark,
  ovsMark,
} from '../../src/model/mark.ts';

function link(type: string | null, rest: Partial<MarkedLink> = {}): MarkedLink {
  return { name: 'x', alias: null, group: 0, type, ...rest };
}

const TAP = { tap: { mode: 'tap' } } as const;
const TUN = { tap: { mode: 'tun' } } as const;

describe('whose a link is', () => {
  test.each([
    ['tun', 'Guest/web1/eth0', TAP],
    ['macvtap', 'Guest/web1/eth0', {}],
    ['bridge', 'Network/red', {}],
    ['macvlan', 'Network/red', {}],
    ['macvtap', 'Leftover/link', { group: DELETION_GROUPS.last }],
  ])('ours: a %s of %s', (type, owner, rest) => {
    expect(linkMark(link(type, { alias: `plumbline:${owner}`, ...rest }))).toEqual({ is: 'ours', owner });
  });

  test.each([
    [null, 'Guest/web1/eth0', {}],
    ['physical', 'Network/red', {}],
    ['veth', 'Guest/web1/eth0', {}],
    ['veth', ' cable to switch 4', {}],
    ['tun', 'Guest/web1/eth0', TUN],
    ['tun', 'Network/red', TAP],
    ['bridge', 'Guest/web1/eth0', {}],
    ['bridge', '', {}],
    ['bridge', 'Network/', {}],
    ['bridge', 'Network/a/b', {}],
    ['bridge', 'Network/A B', {}],
    ['bridge', 'Network/red\n', {}],
    ['macvtap', 'Guest/x\u001b[31m\nred/eth0', {}],
    ['macvtap', 'Guest/web1/eth0/x', {}],
    ['macvtap', 'Leftover/link', {}],
    ['vlan', 'Leftover/link', { group: DELETION_GROUPS.last }],
  ])('a stranger: a %s with the mark of %j', (type, owner, rest) => {
    const stranger = link(type, { alias: `plumbline:${owner}`, ...rest });
    expect(linkMark(stranger)).toEqual({ is: 'foreign' });
    expect(isForeignWithOurPrefix(stranger)).toBe(true);
  });

  test('unfinished only where links of its type are made like that', () => {
    const is = (type: string, rest: Partial<MarkedLink>) => linkMark(link(type, rest)).is;
    const types = ['bridge', 'macvtap', 'macvlan', 'tun', 'veth', 'dummy', 'vlan'];
    const building = types.filter((type) => is(type, { group: BUILDING_GROUP }) === 'unfinished');
    expect(building).toEqual(['bridge', 'macvtap', 'macvlan']);
    expect(types.filter((type) => is(type, { name: '~9', ...TAP }) === 'unfinished')).toEqual(['tun']);
    expect(is('tun', { name: '~9', ...TUN })).toBe('foreign');
  });

  test('a tap that was made and not published: down, without an alias, with headers that nobody wants together', () => {
    const tap = (packetInfo: boolean, virtio: boolean, rest: Partial<MarkedLink> = {}) =>
      linkMark(link('tun', { up: false, tap: { mode: 'tap', headers: { packetInfo, virtio } }, ...rest })).is;
    expect(tap(true, true)).toBe('unfinished');
    expect(tap(true, false)).toBe('foreign');
    expect(tap(false, true)).toBe('foreign');
    expect(tap(true, true, { up: true })).toBe('foreign');
    expect(tap(true, true, { alias: "an operator's" })).toBe('foreign');
    expect(tap(true, true, { alias: 'plumbline:Guest/web1/eth0' })).toBe('ours');
    const tun = { mode: 'tun', headers: { packetInfo: true, virtio: true } } as const;
    expect(tap(true, true, { tap: tun })).toBe('foreign');
  });
});

test.each([
  ['Bridge', 'Network/red', 'ours'],
  ['Port', 'Network/red', 'ours'],
  ['Port', 'Guest/web1/eth0', 'ours'],
  ['Bridge', 'Guest/web1/eth0', 'foreign'],
  ['Bridge', 'yes', 'foreign'],
  ['Port', '', 'foreign'],
] as const)('a row of the table %s with the mark of %j is %s', (table, owner, is) => {
  expect(ovsMark(table, { plumbline: owner }).is).toBe(is);
  expect(ovsMark(table, {}).is).toBe('foreign');
});
