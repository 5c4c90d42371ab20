import type { Document, ResolvedGuest, ResolvedInterface } from '../../desired/fleet.ts';
import { areApart } from '../../desired/served-guests.ts';
import { addressBlock, contains } from '../../model/ip.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding, placeText } from '../problems.ts';
import { type HandedOut, handedOut } from './handed-out.ts';
import { reservedAddress, subnetsOf, subnetTexts, subnetWith } from './subnets-of.ts';

/** A guest's addresses are of its network, and nobody else's there. */
export function guestAddresses(context: CheckContext): Problem[] {
  const holders = new Map<string, Holder[]>();
  const ranges = handedOut(context.fleet);
  return context.guests.flatMap((guest) =>
    guest.interfaces.flatMap((iface, index) => {
      const network = context.fleet.networks.get(iface.network);
      if (network === undefined) return [];
      return iface.addresses.flatMap((address, n) => {
        const finding =
          unfit(network, address, ranges.get(network.name) ?? []) ??
          taken(context, holders, { guest, iface, index: n }, address);
        if (finding === null) return [];
        const { about = [], ...rest } = finding;
        const path = ['spec', 'interfaces', index, 'addresses', n];
        const documents = [guest.document, ...about];
        return [errorAt(guest.document, path, { ...rest, found: address }, documents)];
      });
    }),
  );
}

interface Holder {
  guest: ResolvedGuest;
  iface: ResolvedInterface;
  /** Of the address, in the interface's. */
  index: number;
}

type Told = Omit<Finding, 'found'> & { about?: Document<'Guest'>[] };

/** Without addressing there is nothing to hold an address against: then it says only whose it is. */
function unfit(network: Document<'Network'>, address: string, ranges: readonly HandedOut[]): Told | null {
  const subnets = subnetsOf(network);
  if (subnets.length === 0) return null;
  const block = addressBlock(address);
  const subnet = subnetWith(subnets, block);
  if (subnet === undefined) {
    const texts = subnetTexts(subnets);
    const message = `${address} is in no subnet of network ${network.name}`;
    return { code: 'address-outside-subnet', message, expected: `an address of ${texts}` };
  }
  const expected = `an address of ${subnet.written.subnet} that nobody has`;
  if (block.first === subnet.gateway) {
    return {
      code: 'duplicate-address',
      message: `${address} is the gateway of network ${network.name}`,
      expected,
    };
  }
  const reserved = reservedAddress(subnet, block.first);
  if (reserved !== null) return { code: 'reserved-address', message: `${address} is ${reserved}`, expected };
  const range = ranges.find((one) => contains(one.block, block));
  if (range === undefined) return null;
  const message = `${address} is in the range ${range.text}, which is for machines that git does not know`;
  return { code: 'address-in-range', message, expected, hint: `the range is at ${placeText(range.source)}` };
}

function taken(
  context: CheckContext,
  holders: Map<string, Holder[]>,
  holder: Holder,
  address: string,
): Told | null {
  const { iface } = holder;
  const key = `${iface.network} ${address}`;
  const others = holders.get(key) ?? [];
  holders.set(key, [...others, holder]);
  const other = others.find((one) => !areApart(context.fleet, one.guest, holder.guest, iface.network));
  if (other === undefined) return null;
  const place = placeText(other.iface.at(['addresses', other.index]));
  return {
    code: 'duplicate-address',
    message:
      other.iface === iface
        ? `guest ${iface.guest} ${iface.name} has the address ${address} twice`
        : `guest ${iface.guest} ${iface.name} has the address of guest ${other.iface.guest} ${other.iface.name} on network ${iface.network}`,
    expected: 'an address that nobody has',
    hint: `the other is at ${place}`,
    about: other.guest === holder.guest ? [] : [other.guest.document],
  };
}
