import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressBlock, contains, networkOf, normalAddress, prefixBlock } from '../../src/model/ip.ts';
import { reverseZones } from '../../src/realise/reverse-zones.ts';

test.each([
  ['10.20.0.0/24', ['0.20.10.in-addr.arpa']],
  ['10.20.0.0/23', ['0.20.10.in-addr.arpa', '1.20.10.in-addr.arpa']],
  ['10.0.0.0/8', ['10.in-addr.arpa']],
  ['192.0.2.4/31', ['4.2.0.192.in-addr.arpa', '5.2.0.192.in-addr.arpa']],
  ['fd00:20::/64', ['0.0.0.0.0.0.0.0.0.2.0.0.0.0.d.f.ip6.arpa']],
  ['fd00::/7', ['c.f.ip6.arpa', 'd.f.ip6.arpa']],
])('%s', (prefix, zones) => {
  expect(reverseZones(prefix)).toEqual(zones);
});

/** The name by which an address is looked up. */
function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const { first } = addressBlock(address);
  return `${[...first.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa`;
}

const addresses = fc.oneof(
  fc.record({ address: fc.ipV4(), length: fc.integer({ min: 1, max: 32 }), other: fc.ipV4() }),
  fc.record({ address: fc.ipV6(), length: fc.integer({ min: 1, max: 128 }), other: fc.ipV6() }),
);

test('the zones of a prefix have the names of its addresses and no others', () => {
  fc.assert(
    fc.property(addresses, fc.boolean(), ({ address, length, other }, inside) => {
      const prefix = networkOf(address, length);
      const asked = normalAddress(inside ? address : other);
      const zones = reverseZones(prefix);
      expect(zones.some((zone) => `.${reverseName(asked)}`.endsWith(`.${zone}`))).toBe(
        contains(prefixBlock(prefix), addressBlock(asked)),
      );
      expect(zones.length).toBeLessThanOrEqual(128);
    }),
  );
});
