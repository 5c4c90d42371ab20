import { isDocumentName } from './tokens.ts';

/**
 * Owner marks: how Plumbline knows its own (DESIGN §4). An owner is `<Kind>/<name>[/<interface>]`, such as
 * `Guest/web1/eth0` or `Network/storage`.
 */
export type Owner = string;

export type Mark =
  | { is: 'ours'; owner: Owner }
  | { is: 'unfinished' }
  | { is: 'foreign' }
  /** A setting of the machine: it is nobody's, set where it is wanted, and never removed. */
  | { is: 'shared' };

const PREFIX = 'plumbline:';
const GUEST = 'Guest/';
const NETWORK = 'Network/';
/** The owner of a link that is about to go: its group no longer says that it was unfinished. */
export const LEFTOVER: Owner = 'Leftover/link';
/** Altname of a managed bridge that records one uplink: unique in a namespace because it names both. */
const UPLINK_PREFIX = 'plumbline:uplink:';

/** Altname of a managed bridge that records one of the host's own addresses as moved there from an uplink. */
const ADDRESS_PREFIX = 'plumbline:address:';

/** Altname of a link that records an address by which the host serves a network on it. */
const GATEWAY_PREFIX = 'plumbline:gateway:';

/** The `proto` of our routes: free in iproute2's rt_protos and in linux/rtnetlink.h. */
export const ROUTE_PROTOCOL = 112;

/** The interface group of a link that was created and not yet published. An arbitrary 32-bit number ("plmb"). */
export const BUILDING_GROUP = 0x706c6d62;
/** Groups for deletion, one of which is chosen that no link has; `BUILDING_GROUP` is not among them. */
export const DELETION_GROUPS = { first: 0x706c6e00, last: 0x706c6eff } as const;
/**
 * The group of a guest device whose guest has gone to another host: it is down, and stays down, whatever git says for
 * now. `RELEASED_IN_MOVE_GROUP` once git has said so too, by `migratingTo`: then it ends with that.
 */
export const RELEASED_GROUP = 0x706c6d72;
export const RELEASED_IN_MOVE_GROUP = 0x706c6d73;

/** Whether a link's group says that its guest has gone to another host. */
export function isReleased(group: number): boolean {
  return releasedOf(group) !== null;
}

/** What a link's group says of that, null for nothing. */
export function releasedOf(group: number): 'yes' | 'moving' | null {
  if (group === RELEASED_GROUP) return 'yes';
  return group === RELEASED_IN_MOVE_GROUP ? 'moving' : null;
}

/** The group that says so; 0, which is every link's, for nothing. */
export function releasedGroup(released: 'yes' | 'moving' | null | undefined): number {
  if (released === 'yes') return RELEASED_GROUP;
  return released === 'moving' ? RELEASED_IN_MOVE_GROUP : 0;
}

/** Names under which taps were built once. No document can say them. */
const BUILDING_NAME = /^~[0-9]+$/;

/** The key that carries the owner in `external_ids` of Open vSwitch rows. */
export const OVS_OWNER_KEY = 'plumbline';
/** The key that carries the index of the link that a port was bound to. */
export const OVS_IFINDEX_KEY = 'plumbline-ifindex';

export function guestOwner(guest: string, iface: string): Owner {
  return `Guest/${guest}/${iface}`;
}

export function networkOwner(network: string): Owner {
  return NETWORK + network;
}

/** The network that owns a bridge, null for any other owner. */
export function networkOfOwner(owner: Owner): string | null {
  return owner.startsWith(NETWORK) ? owner.slice(NETWORK.length) : null;
}

/** Whose an address or a route is that the host has on a link for the network there. */
export function linkOwner(link: string): Owner {
  return `Link/${link}`;
}

/** `{ guest, iface }` of a guest device's owner, null for any other. */
export function guestOfOwner(owner: Owner): { guest: string; iface: string } | null {
  if (!owner.startsWith(GUEST)) return null;
  const slash = owner.indexOf('/', GUEST.length);
  const guest = owner.slice(GUEST.length, slash);
  const iface = owner.slice(slash + 1);
  return slash > GUEST.length && iface !== '' && !iface.includes('/') ? { guest, iface } : null;
}

/** The text of a link's alias. */
export function linkAlias(owner: Owner): string {
  return PREFIX + owner;
}

/** What marks are read from. `type` is the kernel's word: `tun` for taps and tuns alike, none for a NIC. */
export interface MarkedLink {
  name: string;
  alias: string | null;
  group: number;
  type: string | null;
  up?: boolean;
  tap?: { mode: 'tap' | 'tun'; headers?: { packetInfo: boolean; virtio: boolean } } | null;
}

/**
 * What a link's alias, name and group say of whose it is. A mark counts only in words that Plumbline writes, and on a
 * type of link that it makes under them: an operator's NIC is not ours because its alias happens to begin like that.
 */
export function linkMark(link: MarkedLink): Mark {
  if (link.alias?.startsWith(PREFIX)) {
    const owner = link.alias.slice(PREFIX.length);
    if (isLinkOwner(owner, link)) return { is: 'ours', owner };
  }
  return isUnfinished(link) ? { is: 'unfinished' } : { is: 'foreign' };
}

/** Whether a link's alias begins as ours do, in words that Plumbline never writes on such a link. */
export function isForeignWithOurPrefix(link: MarkedLink): boolean {
  const begins = link.alias?.startsWith(PREFIX) ?? false;
  return begins && linkMark(link).is !== 'ours';
}

function isLinkOwner(owner: Owner, link: MarkedLink): boolean {
  switch (link.type) {
    case 'macvtap':
      return isGuestOwner(owner) || isLeftover(owner, link);
    case 'tun':
      return isTap(link) && (isGuestOwner(owner) || isLeftover(owner, link));
    case 'bridge':
    case 'macvlan':
      return isNetworkOwner(owner) || isLeftover(owner, link);
    default:
      return false;
  }
}

/** By its group or, for a tap, by its headers: see kinds/link, where each type is made in the one way or the other. */
function isUnfinished(link: MarkedLink): boolean {
  switch (link.type) {
    case 'bridge':
    case 'macvtap':
    case 'macvlan':
      return link.group === BUILDING_GROUP;
    case 'tun':
      return isTap(link) && (BUILDING_NAME.test(link.name) || isNewTap(link));
    default:
      return false;
  }
}

/** Nobody asks for both headers, and whoever opens a tap replaces them by those that he asks for. */
function isNewTap({ alias, up, tap }: MarkedLink): boolean {
  return alias === null && up === false && tap?.headers?.packetInfo === true && tap.headers.virtio;
}

function isTap({ tap }: MarkedLink): boolean {
  return tap?.mode !== 'tun';
}

/** It gets that alias and one of these groups in the same call. */
function isLeftover(owner: Owner, { group }: MarkedLink): boolean {
  return owner === LEFTOVER && isDeletionGroup(group);
}

function isGuestOwner(owner: Owner): boolean {
  const guest = guestOfOwner(owner);
  return guest !== null && isDocumentName(guest.guest) && isDocumentName(guest.iface);
}

function isNetworkOwner(owner: Owner): boolean {
  return owner.startsWith(NETWORK) && isDocumentName(owner.slice(NETWORK.length));
}

/** Whose an Open vSwitch row is. A transaction is atomic, so no row is ever unfinished. */
export function ovsMark(table: 'Bridge' | 'Port', externalIds: Readonly<Record<string, string>>): Mark {
  const owner = externalIds[OVS_OWNER_KEY] ?? '';
  const written = isNetworkOwner(owner) || (table === 'Port' && isGuestOwner(owner));
  return written ? { is: 'ours', owner } : { is: 'foreign' };
}

/** Whether a link is a device of ours that this guest plugs into. */
export function isDeviceOf(link: MarkedLink, guest: string): boolean {
  return (link.alias?.startsWith(`${PREFIX}${GUEST}${guest}/`) ?? false) && linkMark(link).is === 'ours';
}

export function isDeletionGroup(group: number): boolean {
  return group >= DELETION_GROUPS.first && group <= DELETION_GROUPS.last;
}

/** The altname by which `bridge` records that the membership of `uplink` is ours. At most 17+15+1+15 = 48 bytes. */
export function uplinkAltname(bridge: string, uplink: string): string {
  return `${UPLINK_PREFIX}${uplink}@${bridge}`;
}

/** One that says the same while the right one is still another bridge's. No link is named so, and the next run drops it. */
export function passingUplinkAltname(uplink: string): string {
  return uplinkAltname('~', uplink);
}

/** The uplinks that a bridge's altnames record, each with its altname: the bridge may have had another name. */
export function recordedUplinks(altnames: readonly string[]): { uplink: string; altname: string }[] {
  return altnames.flatMap((altname) => {
    const at = altname.lastIndexOf('@');
    const isRecord = altname.startsWith(UPLINK_PREFIX) && at > UPLINK_PREFIX.length;
    return isRecord ? { uplink: altname.slice(UPLINK_PREFIX.length, at), altname } : [];
  });
}

/** The altname by which `bridge` records an address that it took over from `uplink`; `text` holds no slash and no @. */
export function addressAltname(bridge: string, uplink: string, text: string): string {
  return `${ADDRESS_PREFIX}${text}@${uplink}@${bridge}`;
}

/** The addresses that a bridge's altnames record as taken over, each as its text and the uplink that it is from. */
export function recordedAddressTexts(altnames: readonly string[]): { uplink: string; text: string }[] {
  return altnames.flatMap((altname) => {
    if (!altname.startsWith(ADDRESS_PREFIX)) return [];
    const [text, uplink, bridge, more] = altname.slice(ADDRESS_PREFIX.length).split('@');
    return text && uplink && bridge && more === undefined ? [{ uplink, text }] : [];
  });
}

/** The altname by which `link` records that an address of it is ours. At most 18+39+1+3+1+15 = 77 bytes. */
export function gatewayAltname(link: string, address: string, prefix: number): string {
  return `${GATEWAY_PREFIX}${address}-${prefix}@${link}`;
}

/** The addresses that a link's altnames record as ours, each with its altname: the link may have had another name. */
export function recordedGateways(
  altnames: readonly string[],
): { altname: string; address: string; prefix: number }[] {
  return altnames.flatMap((altname) => {
    if (!altname.startsWith(GATEWAY_PREFIX)) return [];
    const found = /^([0-9a-f.:]+)-([0-9]{1,3})@/.exec(altname.slice(GATEWAY_PREFIX.length));
    const [, address, prefix] = found ?? [];
    return address && prefix ? [{ altname, address, prefix: Number(prefix) }] : [];
  });
}
