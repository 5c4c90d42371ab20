import { isDeepStrictEqual } from 'node:util';
import type { Realisation, SpecOf } from '../desired/documents.ts';
import type { Document, Fleet } from '../desired/fleet.ts';
import { networkEntry } from '../desired/resolve.ts';
import { serveSettings } from '../desired/serve-settings.ts';
import { added, Difference } from './merge.ts';
import { rangesWithout } from './ranges.ts';

type Network = SpecOf<'Network'>;

/** A network as another host's libvirt has it. */
export interface FreshNetwork {
  spec: Network;
  entry: Realisation;
  /** Addresses that its reservations keep out of its ranges. */
  reserved: readonly string[];
}

/**
 * One document for a network that several hosts have. A host that serves it says all of its addresses, so two of them
 * have to agree; one that only wires it says none. Throws Difference.
 */
export function mergedNetwork(fleet: Fleet, standing: Document<'Network'>, fresh: FreshNetwork): Network {
  const held = [...fresh.reserved, ...addressesOn(fleet, standing.name)];
  const [there, here] = aligned(standing.spec, fresh.spec, held);
  if (serveSettings(fresh.entry) !== null && isServed(fleet, standing.name)) agree(there, here);
  // What a person wrote of it stays.
  const { description, ...rest } = here;
  const told = there.description ?? description;
  const merged = { ...there, ...addedTo(there, rest) };
  return told === undefined ? merged : { ...merged, description: told };
}

function addedTo(there: Network, here: Network): Network {
  const { mtu, portGroups, addressing, dns } = here;
  // Each of the form that its key has: what is added is of the schema, as what stands is.
  return {
    ...both('mtu', there.mtu, mtu),
    ...both('portGroups', there.portGroups, portGroups),
    ...both('addressing', there.addressing, addressing),
    ...both('dns', there.dns, dns),
  };
}

function both<K extends string, T>(key: K, there: T | undefined, here: T | undefined): { [P in K]?: T } {
  const value = added(there, here, ['spec', key]);
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

function isServed(fleet: Fleet, network: string): boolean {
  return [...fleet.hosts.keys()].some((host) => {
    const entry = networkEntry(fleet, host, network);
    return entry !== undefined && serveSettings(entry) !== null;
  });
}

function addressesOn(fleet: Fleet, network: string): string[] {
  return [...fleet.guests.values()].flatMap(({ spec }) =>
    spec.interfaces.flatMap((iface) => (iface.network === network ? (iface.addresses ?? []) : [])),
  );
}

/** Ranges of both, less what guests hold, so that ranges that were one are one again. */
function aligned(there: Network, here: Network, held: readonly string[]): [Network, Network] {
  const without = (network: Network, other: Network): Network => {
    if (network.addressing === undefined) return network;
    const addressing = network.addressing.map((one) => {
      const ranges = one.dhcp?.ranges;
      const isShared = other.addressing?.some(({ subnet, dhcp }) => subnet === one.subnet && dhcp?.ranges);
      if (ranges === undefined || !isShared) return one;
      return { ...one, dhcp: { ...one.dhcp, ranges: rangesWithout(ranges, held) } };
    });
    return { ...network, addressing };
  };
  return [without(there, here), without(here, there)];
}

/** All but records, of which each host may have its own. Throws Difference. */
function agree(there: Network, here: Network): void {
  const namesOf = ({ dns = {} }: Network) => ({ ...dns, records: undefined });
  const pairs = [
    ['mtu', there.mtu, here.mtu],
    ['addressing', there.addressing, here.addressing],
    ['dns', namesOf(there), namesOf(here)],
  ] as const;
  for (const [key, a, b] of pairs)
    if (!isDeepStrictEqual(plain(a), plain(b))) throw new Difference(['spec', key], b, a);
}

/** Without what is undefined, and whatever the order of keys. */
function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
