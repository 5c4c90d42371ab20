import type * as IpAddress from 'ip-address';

/**
 * Arithmetic of IP addresses, on texts that were checked to be such. An address is `10.20.0.5` or `fd00:20::5`, without
 * a zone; a prefix is `10.20.0.0/24`.
 */

export type Family = 4 | 6;

/** Addresses in a row, both ends within. */
export interface Block {
  family: Family;
  first: bigint;
  last: bigint;
}

/** Below it a link has no IPv6 (RFC 8200, section 5; IPV6_MIN_MTU of linux/ipv6.h), in bytes. */
export const IPV6_MIN_MTU = 1280;

export const ADDRESS_BITS = { 4: 32, 6: 128 } as const;

let library: typeof IpAddress | null = null;

/** Loaded when the first address is asked for: most fleets state none, and it takes milliseconds of each start. */
function ip(): typeof IpAddress {
  library ??= require('ip-address') as typeof IpAddress;
  return library;
}

export function familyOf(text: string): Family {
  return text.includes(':') ? 6 : 4;
}

/** The number that an address is, from 0 on in its family. */
export function addressValue(address: string): bigint {
  const { Address4, Address6 } = ip();
  return (familyOf(address) === 4 ? new Address4(address) : new Address6(address)).bigInt();
}

/** IPv6 in that form already, as most are written: no group is zero or begins with one, and `::` stands for the rest. */
const PLAIN6 = /^([1-9a-f][0-9a-f]{0,3}:){1,5}(:[1-9a-f][0-9a-f]{0,3}){1,5}$/;

/** In the one form that RFC 5952 recommends and the kernel prints. IPv4 has but one that passes for an address. */
export function normalAddress(address: string): string {
  if (familyOf(address) === 4) return address;
  // As many colons as groups; `::` for one group alone is not the form (4.2.2).
  if (PLAIN6.test(address) && address.split(':').length <= 7) return address;
  return addressText(6, addressValue(address));
}

/** Address in the form of `normalAddress`, length without leading zeros. Bits behind the prefix stay. */
export function normalPrefix(prefix: string): string {
  const { address, length } = splitPrefix(prefix);
  return `${normalAddress(address)}/${length}`;
}

/** `192.0.2.0/24` of 192.0.2.7 and 24. */
export function networkOf(address: string, length: number): string {
  const { family, first } = prefixBlock(`${address}/${length}`);
  return `${addressText(family, first)}/${length}`;
}

/** Length of `10.20.0.0/24`: 24. */
export function prefixLength(prefix: string): number {
  return splitPrefix(prefix).length;
}

/** Of a prefix, whatever bits are set behind it. */
export function prefixBlock(prefix: string): Block {
  const { address, length } = splitPrefix(prefix);
  const family = familyOf(address);
  const behind = BigInt(ADDRESS_BITS[family] - length);
  const first = (addressValue(address) >> behind) << behind;
  return { family, first, last: first + (1n << behind) - 1n };
}

export function addressBlock(address: string): Block {
  const value = addressValue(address);
  return { family: familyOf(address), first: value, last: value };
}

/** null when the ends are of two families, or the last comes before the first. */
export function rangeBlock(range: { first: string; last: string }): Block | null {
  const [first, last] = [addressBlock(range.first), addressBlock(range.last)];
  if (first.family !== last.family || last.first < first.first) return null;
  return { family: first.family, first: first.first, last: last.last };
}

export function overlap(a: Block, b: Block): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Whether all of `inner` is in `outer`. */
export function contains(outer: Block, inner: Block): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** How many addresses it has. */
export function sizeOf(block: Block): bigint {
  return block.last - block.first + 1n;
}

export function firstAddress({ family, first }: Block): string {
  return addressText(family, first);
}

export function lastAddress({ family, last }: Block): string {
  return addressText(family, last);
}

function addressText(family: Family, value: bigint): string {
  const { Address4, Address6 } = ip();
  return (family === 4 ? Address4 : Address6).fromBigInt(value).correctForm();
}

function splitPrefix(prefix: string): { address: string; length: number } {
  const at = prefix.indexOf('/');
  return { address: prefix.slice(0, at), length: Number(prefix.slice(at + 1)) };
}
