import { normalAddress } from '../model/ip.ts';
import type { Realisation } from './documents.ts';
import type { AddressRange, Serving } from './serving.ts';

/** What an entry of a host's networks says of serving, with the defaults filled in. */
export interface ServeSettings extends Pick<Serving, 'forward' | 'device' | 'nat' | 'hostAccess'> {
  /** In place of those of the network; null for just those. */
  ranges: readonly AddressRange[] | null;
}

type Nat = Extract<Realisation, { type: 'virtual' }>['nat'];

/**
 * null where the host only wires the network. A virtual network is served always: there is nobody else on it. On any
 * other the host is one among many, and what its own rules let in there is not Plumbline's.
 */
export function serveSettings(entry: Realisation): ServeSettings | null {
  if (entry.type === 'virtual') {
    const { forward, device = null, nat, hostAccess = false } = entry;
    return { forward, device, nat: natOf(nat), hostAccess, ranges: null };
  }
  const { serve = false } = entry;
  if (serve === false) return null;
  const { forward = 'route', device = null, nat, ranges } = serve === true ? {} : serve;
  return { forward, device, nat: natOf(nat), hostAccess: true, ranges: ranges?.map(rangeOf) ?? null };
}

/** Nobody but the guests of this host is on it: another host's network of the same name is another segment. */
export function isIsland({ type }: Realisation): boolean {
  return type === 'virtual';
}

/** `10.20.0.100-10.20.0.199` */
export function rangeOf(text: string): AddressRange {
  const [first = '', last = first] = text.split('-');
  return { first: normalAddress(first), last: normalAddress(last) };
}

function natOf({ addresses, ports, ipv6 = false }: NonNullable<Nat> = {}): Serving['nat'] {
  const [first, last] = (ports ?? '').split('-').map(Number);
  return {
    addresses: addresses === undefined ? null : rangeOf(addresses),
    ports: first === undefined || last === undefined ? null : { first, last },
    ipv6,
  };
}
