import type { Subnet } from '../../desired/documents.ts';
import type { Document } from '../../desired/fleet.ts';
import {
  addressValue,
  type Block,
  contains,
  type Family,
  familyOf,
  prefixBlock,
  prefixLength,
} from '../../model/ip.ts';

/** A subnet of a network, read once for all rules. */
export interface CheckedSubnet {
  network: string;
  /** In `spec.addressing`. */
  index: number;
  family: Family;
  length: number;
  block: Block;
  gateway: bigint | null;
  written: Subnet;
}

/** A network's document stays as it is once it is loaded. */
const known = new WeakMap<Document<'Network'>, CheckedSubnet[]>();

export function subnetsOf(network: Document<'Network'>): readonly CheckedSubnet[] {
  const before = known.get(network);
  if (before !== undefined) return before;
  const subnets = (network.spec.addressing ?? []).map((written, index) => ({
    network: network.name,
    index,
    family: familyOf(written.subnet),
    length: prefixLength(written.subnet),
    block: prefixBlock(written.subnet),
    gateway: written.gateway === undefined ? null : addressValue(written.gateway),
    written,
  }));
  known.set(network, subnets);
  return subnets;
}

/** The one of these subnets that an address is in. */
export function subnetWith(subnets: readonly CheckedSubnet[], address: Block): CheckedSubnet | undefined {
  return subnets.find(({ block }) => contains(block, address));
}

/**
 * What an address of the subnet is that no host can have: the subnet's own and the broadcast address of IPv4, the
 * routers' anycast address of IPv6 (RFC 4291 2.6.1). null for any other.
 */
export function reservedAddress({ family, block }: CheckedSubnet, value: bigint): string | null {
  if (value === block.first)
    return family === 4 ? 'the address of the subnet itself' : 'the anycast address of its routers';
  return family === 4 && value === block.last ? 'the broadcast address of the subnet' : null;
}

/** `10.20.0.0/24, fd00:20::/64` */
export function subnetTexts(subnets: readonly CheckedSubnet[]): string {
  return subnets.map(({ written }) => written.subnet).join(', ');
}
