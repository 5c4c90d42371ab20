import { addressValue, familyOf, firstAddress, prefixBlock, prefixLength } from '../model/ip.ts';

/** Of each family: the bits of one label of a reverse name, and how many labels an address has. */
const LABELS = { 4: { bits: 8, count: 4, radix: 10 }, 6: { bits: 4, count: 32, radix: 16 } } as const;
const ROOTS = { 4: 'in-addr.arpa', 6: 'ip6.arpa' } as const;

/**
 * The zones of reverse names (RFC 1035 3.5, RFC 3596 2.5) that together are exactly a prefix. One that ends within a
 * label is several: 10.20.0.0/23 is 0.20.10.in-addr.arpa and 1.20.10.in-addr.arpa; at most 128 for IPv4, 8 for IPv6.
 */
export function reverseZones(prefix: string): string[] {
  const family = familyOf(prefix);
  const { bits, count, radix } = LABELS[family];
  const length = prefixLength(prefix);
  const labels = Math.ceil(length / bits);
  const first = addressValue(firstAddress(prefixBlock(prefix)));
  const top = first >> BigInt((count - labels) * bits);
  return Array.from({ length: 1 << (labels * bits - length) }, (_, i) => {
    let rest = top + BigInt(i);
    const names: string[] = [];
    for (let label = 0; label < labels; label++) {
      names.push((rest & ((1n << BigInt(bits)) - 1n)).toString(radix));
      rest >>= BigInt(bits);
    }
    return [...names, ROOTS[family]].join('.');
  });
}
