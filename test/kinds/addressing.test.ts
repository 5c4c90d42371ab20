import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressingOf, isMadeBy } from '../../src/kinds/addressing/places.ts';
import { recordedAddress, recordText } from '../../src/kinds/addressing/record.ts';
import type { HostAddress, HostRoute } from '../../src/model/addressing.ts';
import { addressAltname, ROUTE_PROTOCOL, recordedAddressTexts } from '../../src/model/mark.ts';
import { movableAddresses } from '../../src/realise/host-addresses.ts';
import { hostAddress, makeHost, nic } from '../support/host.ts';

const plain = hostAddress('192.0.2.7/24');
const six: HostAddress = { ...plain, family: 6, local: '2001:db8::7', prefix: 64 };

const addresses = fc
  .record({
    v4: fc.boolean(),
    host4: fc.ipV4(),
    host6: fc.ipV6().filter((text) => !text.includes('%')),
    prefix: fc.integer({ min: 1, max: 32 }),
    metric: fc.option(fc.nat()),
    broadcast: fc.option(fc.ipV4()),
    scope: fc.constantFrom(0, 253),
    label: fc.constantFrom('', ':1', ':a-b.c'),
    noPrefixRoute: fc.boolean(),
    deprecated: fc.boolean(),
  })
  .map(
    ({ v4, host4, host6, broadcast, ...rest }): HostAddress => ({
      ...plain,
      ...rest,
      family: v4 ? 4 : 6,
      local: v4 ? host4 : host6,
      broadcast: v4 ? broadcast : null,
    }),
  );

describe('an address in an altname', () => {
  it('is read as it was written, beside whatever else is there', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const altname = addressAltname('br0', 'eth0', recordText(address));
        expect(altname).not.toMatch(/[\s/]/);
        const [record] = recordedAddressTexts(['enp1s0', altname, 'plumbline:uplink:eth0@br0']);
        expect(record?.uplink).toBe('eth0');
        expect(recordedAddress(record?.text ?? '')).toEqual(address);
      }),
    );
  });

  it.each([
    '',
    '192.0.2.7',
    '192.0.2.7-33',
    '192.0.2.7-24,x',
    '192.0.2.7-24,m1; up',
    'fe80::1%eth0-64',
    '192.0.2.7-24,bfe80::1',
  ])('is none in %o', (text) => expect(recordedAddress(text)).toBe(null));

  it('golden: it is on running hosts', () => {
    expect(
      addressAltname('br0', 'eth0', recordText({ ...plain, broadcast: '192.0.2.255', metric: 70 })),
    ).toBe('plumbline:address:192.0.2.7-24,b192.0.2.255,m70@eth0@br0');
    expect(addressAltname('br-storage', 'enp65s0f1', recordText(six))).toBe(
      'plumbline:address:2001:db8::7-64@enp65s0f1@br-storage',
    );
  });
});

describe('a route that the kernel makes by itself', () => {
  const route = (more: Partial<HostRoute>): HostRoute => ({
    family: 4,
    destination: '192.0.2.0/24',
    type: 'unicast',
    table: 254,
    protocol: 2,
    scope: 253,
    metric: null,
    gateway: null,
    source: null,
    onlink: false,
    preference: null,
    metrics: [],
    devices: ['eth0'],
    unsayable: [],
    ...more,
  });

  it.each<[string, Partial<HostRoute>, HostAddress, boolean]>([
    ['of its prefix', {}, plain, true],
    ['of its prefix, by somebody else', { protocol: 3 }, plain, false],
    ['of its prefix, under another metric', { metric: 100 }, plain, false],
    ['of its prefix, where it is to make none', {}, { ...plain, noPrefixRoute: true }, false],
    ['of another prefix', { destination: '192.0.0.0/16' }, plain, false],
    ['of an odd prefix', { destination: '192.0.2.0/29' }, { ...plain, prefix: 29 }, true],
    [
      'of a peer',
      { destination: '198.51.100.1/32', metric: 70 },
      { ...plain, peer: '198.51.100.1', prefix: 32, metric: 70 },
      true,
    ],
    ['of an IPv6 prefix', { family: 6, destination: '2001:db8::/64', metric: 256 }, six, true],
    [
      'of an odd IPv6 prefix',
      { family: 6, destination: '2001:db8:0:8000::/49', metric: 256 },
      { ...six, local: '2001:db8:0:8fff:1::', prefix: 49 },
      true,
    ],
    ['in the table local', { table: 255, type: 'broadcast', destination: '192.0.2.255/32' }, plain, true],
  ])('is told from others: %s', (_, more, address, made) => {
    expect(isMadeBy(route(more), [address])).toBe(made);
  });
});

describe('routes that go back to a NIC with its addresses', () => {
  const moved = hostAddress('192.0.2.7/24');
  const bridge = nic(3, 'br-a', {
    type: 'bridge',
    alias: 'plumbline:Network/lan',
    altnames: [addressAltname('br-a', 'eth0', recordText(moved))],
    addresses: [moved],
  });
  const route: HostRoute = {
    family: 4,
    type: 'unicast',
    destination: '10.92.0.0/16',
    gateway: '10.2.0.253',
    source: null,
    table: 254,
    scope: 0,
    metric: null,
    protocol: 4,
    onlink: false,
    preference: null,
    metrics: [],
    unsayable: [],
    devices: ['br-a'],
  };

  it('are those of others; a route of ours is wanted where it is, though its gateway is in no network any more', () => {
    const ours = { ...route, destination: '10.93.0.0/16', protocol: ROUTE_PROTOCOL };
    const uplink = nic(2, 'eth0', { master: 'br-a' });
    const host = { ...makeHost([uplink, bridge]), routes: [route, ours] };
    expect(addressingOf(host, uplink)?.routes).toEqual([route]);
  });
});

describe('an uplink that somebody else configures', () => {
  const source = { file: 'h.yaml', line: 1, column: 1 };
  const refusal = (manager: string | null, addresses: HostAddress[]) => {
    const uplink = nic(2, 'eth0', { manager, addresses });
    const movable = movableAddresses(makeHost([uplink]), uplink, 'br0', source);
    return 'problem' in movable ? movable.problem.code : movable.addressing;
  };

  it.each(['systemd-networkd', 'NetworkManager'])('keeps its addresses: %s', (manager) => {
    expect(refusal(manager, [plain])).toBe('uplink-managed-elsewhere');
    expect(refusal(manager, [])).toBe(null);
    expect(refusal(null, [plain])).toMatchObject({ nic: 'eth0', addresses: [{ on: ['eth0'] }] });
  });

  it('so does one with more to an address than an altname holds', () => {
    expect(refusal(null, [{ ...plain, label: ':a b' }])).toBe('uplink-address-unsayable');
  });
});
