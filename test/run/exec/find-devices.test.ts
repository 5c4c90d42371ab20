import { expect, test } from 'vitest';
import type { ResolvedInterface } from '../../../src/desired/fleet.ts';
import type { LinkState } from '../../../src/model/host.ts';
import { RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../../../src/model/mark.ts';
import { findDevice, isReady } from '../../../src/run/exec/find-devices.ts';
import { parseLinks } from '../../../src/tools/ip/parse-links.ts';

const iface = (queues = 1): ResolvedInterface => ({
  guest: 'web1',
  name: 'eth0',
  key: 'web1/eth0',
  network: 'red',
  portGroup: null,
  mac: '52:54:00:00:00:01',
  device: 'web1-eth0',
  altname: null,
  statedId: null,
  queues,
  guestUuid: null,
  adopt: false,
  addresses: [],
  publish: [],
  at: () => ({ file: 'x', line: 1, column: 1 }),
});

/** As `ip -j -d` shows a link. */
function links(more: object, kind = 'macvtap', data: object = {}): LinkState[] {
  const entry = {
    ifindex: 7,
    ifname: 'web1-eth0',
    flags: ['UP'],
    ifalias: 'plumbline:Guest/web1/eth0',
    linkinfo: { info_kind: kind, info_data: data },
    ...more,
  };
  return parseLinks([entry], { users: new Map(), groups: new Map() });
}

const tap = (multiQueue: boolean) => links({}, 'tun', { type: 'tap', multi_queue: multiQueue });

test('a macvtap serves any number of queues, a tap those that it was made for', () => {
  const device = { iface: 'eth0', mac: '52:54:00:00:00:01', device: 'web1-eth0', index: 7 };
  expect(findDevice(iface(4), links({}))).toMatchObject({
    device: { ...device, kind: 'macvtap', queues: 4 },
  });
  expect(findDevice(iface(), tap(false))).toMatchObject({ device: { ...device, kind: 'tap', queues: 1 } });
  expect(findDevice(iface(2), tap(true))).toMatchObject({ device: { ...device, kind: 'tap', queues: 2 } });
});

test.each([
  [iface(), [], 'there is no device web1-eth0 on this host'],
  [iface(), links({ ifname: 'web1-eth1' }), 'there is no device web1-eth0 on this host'],
  [iface(), links({ ifalias: undefined }), "the link web1-eth0 here is not of Plumbline's making"],
  [
    iface(),
    links({ ifalias: 'my plumbline:Guest/web1/eth0' }),
    "the link web1-eth0 here is not of Plumbline's making",
  ],
  [
    iface(),
    links({ ifalias: 'plumbline:Guest/db1/eth0' }),
    'the link web1-eth0 here belongs to Guest/db1/eth0',
  ],
  [
    iface(),
    links({ ifalias: 'plumbline:Guest/web1/eth00' }),
    'the link web1-eth0 here belongs to Guest/web1/eth00',
  ],
  [iface(), links({}, 'bridge'), 'web1-eth0 is neither a macvtap nor a tap, but of type bridge'],
  [iface(), links({}, 'tun', { type: 'tun' }), 'web1-eth0 is neither a macvtap nor a tap, but of type tun'],
  [iface(2), tap(false), 'web1-eth0 is a tap of one queue, and the guest is to have 2'],
  [iface(), tap(true), 'web1-eth0 is a tap for several queues, and the guest is to have 1'],
])('%#: what is not its device is told', (wanted, here, why) => {
  expect(findDevice(wanted, here)).toEqual({ ok: false, why: `eth0: ${why}` });
});

test('ready is up and not released', () => {
  const ready = (more: object) => links(more).map(isReady);
  expect(ready({})).toEqual([true]);
  expect(ready({ flags: [] })).toEqual([false]);
  for (const group of [RELEASED_GROUP, RELEASED_IN_MOVE_GROUP])
    expect(ready({ group: String(group) })).toEqual([false]);
});
