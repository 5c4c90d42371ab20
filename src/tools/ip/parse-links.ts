import type { LinkState } from '../../model/host.ts';
import type { LinkOwner } from '../../model/specs.ts';
import type { Accounts } from '../accounts.ts';
import { flagAt, isObject, type JsonObject, listAt, numberAt, objectAt, textAt, textsAt } from '../json.ts';
import { parseGroup } from './group.ts';
import { parseAddresses } from './parse-addresses.ts';

/** USER_HZ: the kernel gives a bridge's times in clock ticks, always 100 a second to user space (linux/jiffies). */
const TICKS_PER_SECOND = 100;
/** RT_SCOPE_UNIVERSE of linux/rtnetlink.h, as `ip -N` prints it. */
const GLOBAL_SCOPES = new Set(['0', 'global']);

/**
 * What `ip -N -j -d addr show` printed, as link states; entries that name no link are left out. `node` is null: it is
 * not in netlink. Pure: account names are resolved beforehand (`accountNames`).
 */
export function parseLinks(json: unknown, accounts: Accounts): LinkState[] {
  const entries = (Array.isArray(json) ? json : []).filter(isObject);
  const kinds = new Map<string, string>();
  for (const entry of entries) {
    const name = textAt(entry, 'ifname');
    if (name !== null) kinds.set(name, kindOf(entry));
  }
  const links: LinkState[] = [];
  for (const entry of entries) {
    const link = parseLink(entry, kinds, accounts);
    if (link !== null) links.push(link);
  }
  return links;
}

/** The account names that taps are shown with. `ip` prints a number only where the name service knows no name. */
export function accountNames(json: unknown): { users: Set<string>; groups: Set<string> } {
  const users = new Set<string>();
  const groups = new Set<string>();
  for (const entry of (Array.isArray(json) ? json : []).filter(isObject)) {
    if (kindOf(entry) !== 'tun') continue;
    const data = dataOf(entry);
    const user = textAt(data, 'user');
    const group = textAt(data, 'group');
    if (user !== null) users.add(user);
    if (group !== null) groups.add(group);
  }
  return { users, groups };
}

function parseLink(
  entry: JsonObject,
  kinds: ReadonlyMap<string, string>,
  accounts: Accounts,
): LinkState | null {
  const index = numberAt(entry, 'ifindex');
  const name = textAt(entry, 'ifname');
  if (index === null || name === null) return null;
  const type = kindOf(entry);
  const data = dataOf(entry);
  const flags = textsAt(entry, 'flags');
  const carrier = flags.includes('LOWER_UP');
  const master = textAt(entry, 'master');
  return {
    index,
    name,
    type,
    altnames: textsAt(entry, 'altnames').slice(),
    alias: textAt(entry, 'ifalias'),
    group: parseGroup(entry),
    up: flags.includes('UP'),
    carrier,
    mtu: numberAt(entry, 'mtu') ?? 0,
    mac: macOf(entry, 'address'),
    permanentMac: macOf(entry, 'permaddr'),
    // Ports of Open vSwitch's kernel data path have the device `ovs-system` for a master; OVSDB says whose they are.
    master: master === null || kinds.get(master) === 'openvswitch' ? null : master,
    parent: parentOf(entry, type, kinds),
    globalAddresses: globalAddresses(entry),
    addresses: parseAddresses(entry),
    bridge: type === 'bridge' ? bridgeOf(data) : null,
    // `ip addr`, unlike `ip link`, does not tell it (print_linkinfo, ip/ipaddress.c).
    addrGenMode: null,
    macvtap: type === 'macvtap' ? { mode: textAt(data, 'mode') ?? '' } : null,
    macvlan: type === 'macvlan' ? { mode: textAt(data, 'mode') ?? '' } : null,
    tap: type === 'tun' ? tapOf(data, carrier, accounts) : null,
    port: portOf(entry),
    node: null,
  };
}

function kindOf(entry: JsonObject): string {
  return textAt(objectAt(entry, 'linkinfo'), 'info_kind') ?? 'physical';
}

function dataOf(entry: JsonObject): JsonObject {
  return objectAt(objectAt(entry, 'linkinfo'), 'info_data');
}

function macOf(entry: JsonObject, key: string): string | null {
  const text = textAt(entry, key);
  return text !== null && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? text.toLowerCase() : null;
}

/** A veth's IFLA_LINK is its peer, which it does not stand on; an index without a name is in another namespace. */
function parentOf(entry: JsonObject, type: string, kinds: ReadonlyMap<string, string>): string | null {
  const parent = textAt(entry, 'link');
  if (parent === null || type === 'veth' || !kinds.has(parent)) return null;
  if (numberAt(entry, 'link_index') !== null || numberAt(entry, 'link_netnsid') !== null) return null;
  return parent;
}

function globalAddresses(entry: JsonObject): string[] {
  const addresses: string[] = [];
  for (const info of listAt(entry, 'addr_info').filter(isObject)) {
    const local = textAt(info, 'local');
    const scope = textAt(info, 'scope') ?? String(numberAt(info, 'scope'));
    if (local === null || !GLOBAL_SCOPES.has(scope)) continue;
    addresses.push(`${local}/${numberAt(info, 'prefixlen') ?? (local.includes(':') ? 128 : 32)}`);
  }
  return addresses;
}

function bridgeOf(data: JsonObject): LinkState['bridge'] {
  return {
    stp: (numberAt(data, 'stp_state') ?? 0) !== 0,
    forwardDelay: (numberAt(data, 'forward_delay') ?? 0) / TICKS_PER_SECOND,
    ageingTime: (numberAt(data, 'ageing_time') ?? 0) / TICKS_PER_SECOND,
    multicastSnooping: flagAt(data, 'mcast_snooping'),
  };
}

/** `queues` are those that a process has attached; a tap without multi-queue is counted by its carrier. */
function tapOf(data: JsonObject, carrier: boolean, accounts: Accounts): LinkState['tap'] {
  const multiQueue = flagAt(data, 'multi_queue');
  const attached = (numberAt(data, 'numqueues') ?? 0) + (numberAt(data, 'numdisabled') ?? 0);
  return {
    mode: textAt(data, 'type') === 'tap' ? 'tap' : 'tun',
    multiQueue,
    queues: multiQueue ? attached : carrier ? 1 : 0,
    headers: { packetInfo: flagAt(data, 'pi'), virtio: flagAt(data, 'vnet_hdr') },
    owner: ownerOf(data, accounts),
  };
}

function ownerOf(data: JsonObject, accounts: Accounts): LinkOwner {
  return { uid: idOf(data, 'user', accounts.users), gid: idOf(data, 'group', accounts.groups) };
}

function idOf(data: JsonObject, key: string, names: ReadonlyMap<string, number>): number | null {
  const name = textAt(data, key);
  return name === null ? numberAt(data, key) : (names.get(name) ?? null);
}

function portOf(entry: JsonObject): LinkState['port'] {
  const info = objectAt(entry, 'linkinfo');
  if (textAt(info, 'info_slave_kind') !== 'bridge') return null;
  return { isolated: flagAt(objectAt(info, 'info_slave_data'), 'isolated') };
}
