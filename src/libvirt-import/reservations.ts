import type { SpecOf } from '../desired/documents.ts';
import { dnsName } from '../desired/served-guests.ts';
import { normalMac } from '../model/tokens.ts';
import { isRecord } from './dns.ts';
import type { Draft, NetworkDraft } from './draft.ts';
import type { LibvirtNetwork, LibvirtReservation } from './libvirt-network.ts';
import type { Remarks } from './notes.ts';
import { isSameAddress } from './ranges.ts';
import { quoted } from './values.ts';

type Interface = SpecOf<'Guest'>['interfaces'][number];
interface Holder {
  guest: string;
  iface: Interface;
  isFirst: boolean;
}

/** A network's reservations become addresses of the guests whose they are, once all guests are known. */
export function placeReservations(
  draft: Draft,
  { ips }: LibvirtNetwork,
  network: NetworkDraft,
  remarks: Remarks,
): void {
  const holders = holdersOn(draft, network.name);
  for (const reservation of ips.flatMap(({ dhcp }) => dhcp?.hosts ?? [])) {
    const holder = holderOf(holders, reservation);
    if (holder === null) {
      remarks.add(reservation.place, unheld(reservation));
      continue;
    }
    const { iface } = holder;
    const addresses = iface.addresses ?? [];
    if (!addresses.some((one) => isSameAddress(one, reservation.address)))
      iface.addresses = [...addresses, reservation.address];
    if (reservation.id !== null)
      remarks.add(reservation.place, 'the guest is known by its MAC, and not by a DHCPv6 id');
    ownName(network, holder, reservation, remarks);
  }
}

function holdersOn(draft: Draft, network: string): Holder[] {
  return [...draft.guests.values()].flatMap(({ name: guest, spec }) => {
    const own = spec.interfaces.filter((iface) => iface.network === network);
    return own.map((iface, index) => ({ guest, iface, isFirst: index === 0 }));
  });
}

/** By its MAC; one that has none by its name. */
function holderOf(holders: readonly Holder[], { mac, name }: LibvirtReservation): Holder | null {
  const found = holders.find(({ guest, iface, isFirst }) =>
    mac === null
      ? name !== null && dnsName(guest, iface.name, isFirst) === name.toLowerCase()
      : iface.mac !== undefined && normalMac(iface.mac) === mac,
  );
  return found ?? null;
}

function unheld({ mac, name, address }: LibvirtReservation): string {
  const called = name === null ? '' : ` of the name ${quoted(name)}`;
  const whose = mac === null ? called.trimStart() : `with the MAC ${mac}${called && `,${called},`}`;
  return `no domain that was read has an interface ${whose} on this network; ${address} is kept out of the ranges`;
}

/** A reservation's name is one more name of the guest, where it is not its own. */
function ownName(
  network: NetworkDraft,
  { guest, iface, isFirst }: Holder,
  { place, name, address }: LibvirtReservation,
  remarks: Remarks,
): void {
  if (name === null || name.toLowerCase() === dnsName(guest, iface.name, isFirst)) return;
  const { dns } = network.spec;
  if (dns?.enabled === false) return;
  const record = { name: name.toLowerCase(), addresses: [address] };
  if (!isRecord(record)) {
    remarks.add(place, `${quoted(name)} is no name that DNS can have`);
    return;
  }
  const records = dns?.records ?? [];
  const known = records.find((one) => 'addresses' in one && one.name === record.name);
  if (known !== undefined && 'addresses' in known) {
    if (!known.addresses.some((one) => isSameAddress(one, address)))
      known.addresses = [...known.addresses, address];
    return;
  }
  network.spec.dns = { ...dns, records: [...records, record] };
}
