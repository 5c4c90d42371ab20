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

/** Names under which links are built that have no group at creation. No document can say them. */
const BUILDING_NAME = /^~([0-9]+)$/;

/** The key that carries the owner in `external_ids` of Open vSwitch rows. */
export const OVS_OWNER_KEY = 'plumbline';
/** The key that carries the index of the link that a port was bound to. */
export const OVS_IFINDEX_KEY = 'plumbline-ifindex';

export function guestOwner(guest: string, iface: string): Owner {
  return `Guest/${guest}/${iface}`;
}

export function networkOwner(network: string): Owner {
  return `Network/${network}`;
}

/** Whose an address or a route is that the host has on a link for the network there. */
export function linkOwner(link: string): Owner {
  return `Link/${link}`;
}

/** `{ guest, iface }` of a guest device's owner, null for any other. */
export function guestOfOwner(owner: Owner): { guest: string; iface: string } | null {
  if (!owner.startsWith(GUEST)) return null;
  const slash = owner.indexOf('/', GUEST.length);
  const [guest, iface] = [owner.slice(GUEST.length, slash), owner.slice(slash + 1)];
  return slash > GUEST.length && iface !== '' && !iface.includes('/') ? { guest, iface } : null;
}

/** The text of a link's alias. */
export function linkAlias(owner: Owner): string {
  return PREFIX + owner;
}

/** What a link's alias, name and group say of whose it is. */
export function linkMark(link: { name: string; alias: string | null; group: number }): Mark {
  if (link.alias?.startsWith(PREFIX)) return { is: 'ours', owner: link.alias.slice(PREFIX.length) };
  if (link.group === BUILDING_GROUP || BUILDING_NAME.test(link.name)) return { is: 'unfinished' };
  return { is: 'foreign' };
}

/** Whether a link is a device of ours that this guest plugs into. */
export function isDeviceOf(link: Parameters<typeof linkMark>[0], guest: string): boolean {
  const mark = linkMark(link);
  return mark.is === 'ours' && guestOfOwner(mark.owner)?.guest === guest;
}

export function buildingName(n: number): string {
  return `~${n}`;
}

/** The `n` of a `buildingName`; null for any other name, a stranger's `~x` among them. */
export function buildingNumber(name: string): number | null {
  const digits = BUILDING_NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function isDeletionGroup(group: number): boolean {
  return group >= DELETION_GROUPS.first && group <= DELETION_GROUPS.last;
}

/** The altname by which `bridge` records that the membership of `uplink` is ours. At most 17+15+1+15 = 48 bytes. */
export function uplinkAltname(bridge: string, uplink: string): string {
  return `${UPLINK_PREFIX}${uplink}@${bridge}`;
}

/** The uplinks that a bridge's altnames record. */
export function recordedUplinks(altnames: readonly string[]): string[] {
  const names: string[] = [];
  for (const altname of altnames) {
    if (!altname.startsWith(UPLINK_PREFIX)) continue;
    const at = altname.lastIndexOf('@');
    if (at > UPLINK_PREFIX.length) names.push(altname.slice(UPLINK_PREFIX.length, at));
  }
  return names.sort();
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
