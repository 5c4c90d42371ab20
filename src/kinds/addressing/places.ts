import { BlockList } from 'node:net';
import type { Addressing, HostAddress, HostRoute, PlacedAddress } from '../../model/addressing.ts';
import { PROTOCOL, SCOPE_LINK, sameAddress, TABLE_LOCAL, TABLE_MAIN } from '../../model/addressing.ts';
import type { HostState, LinkState } from '../../model/host.ts';
import { networkOf } from '../../model/ip.ts';
import { linkMark, ROUTE_PROTOCOL, recordedAddressTexts } from '../../model/mark.ts';
import { recordedAddress } from './record.ts';

/**
 * The host's own addresses and routes that belong to a NIC: those that it has, and those that bridges of ours record as
 * taken over from it; each where it is now. null where there are none.
 *
 * A NIC keeps its link-local addresses while it is enslaved, for the kernel makes them by itself; the bridge gets the
 * same ones besides, since it is the bridge that the neighbours then talk to.
 */
export function addressingOf(state: HostState, nic: LinkState): Addressing | null {
  const bridges = state.links.filter(
    (link) => linkMark(link).is === 'ours' && textsOf(link, nic.name).length > 0,
  );
  const recorded = bridges.flatMap((bridge) => recordsOf(bridge, nic.name));
  const own = nic.addresses.filter((address) => address.origin === 'static' && !isLinkLocal(address));
  if (own.length === 0 && recorded.length === 0) return null;
  const linkLocal = nic.addresses.filter((address) => address.origin === 'static' && isLinkLocal(address));
  const all: HostAddress[] = [];
  for (const address of [...own, ...linkLocal, ...recorded]) {
    if (!all.some((known) => sameAddress(known, address))) all.push(address);
  }
  const addresses = all.map(
    (address): PlacedAddress => ({
      address,
      on: [nic, ...bridges].filter((link) => has(link, address)).map((link) => link.name),
      recordedBy: bridges
        .filter((bridge) => recordsOf(bridge, nic.name).some((one) => sameAddress(one, address)))
        .map((bridge) => bridge.name),
    }),
  );
  // Routes of ours have a place of their own, with a network's gateway or without.
  const others = (state.routes ?? []).filter(({ protocol }) => protocol !== ROUTE_PROTOCOL);
  const routes = others.filter((route) =>
    route.devices.some(
      (device) =>
        (device === nic.name && !isMadeBy(route, nic.addresses)) ||
        bridges.some((bridge) => bridge.name === device && goesAlong(route, bridge, nic.name, all)),
    ),
  );
  return { nic: nic.name, addresses, routes };
}

/** The same addresses and routes, once the NIC has all of them again. */
export function backOnNic({ nic, addresses, routes }: Addressing): Addressing {
  return {
    nic,
    addresses: addresses.map(({ address }) => ({ address, on: [nic], recordedBy: [] })),
    routes: routes.map((route) => ({ ...route, devices: [nic] })),
  };
}

function textsOf({ altnames }: LinkState, uplink: string): string[] {
  return recordedAddressTexts(altnames).flatMap((record) => (record.uplink === uplink ? record.text : []));
}

function recordsOf(bridge: LinkState, uplink: string): HostAddress[] {
  const records = textsOf(bridge, uplink).flatMap((text) => recordedAddress(text) ?? []);
  // In the order in which the bridge has them, for the first IPv4 address of a prefix is its primary one.
  const rank = (record: HostAddress) => {
    const at = bridge.addresses.findIndex((address) => sameAddress(address, record));
    return at < 0 ? bridge.addresses.length : at;
  };
  return records.sort((a, b) => rank(a) - rank(b));
}

function has(link: LinkState, address: HostAddress): boolean {
  return link.addresses.some((one) => sameAddress(one, address));
}

/** fe80::/10: every IPv6 link has one of its own. */
export function isLinkLocal({ family, scope }: HostAddress): boolean {
  return family === 6 && scope === SCOPE_LINK;
}

/** The metric that IPv6 gives a route to an address' prefix (IP6_RT_PRIO_ADDRCONF, net/ip6_route.h). */
const ADDRCONF_METRIC = 256;

/**
 * Whether the kernel makes, and takes away, this route by itself with one of these addresses of its link: it leads to
 * the prefix of one, or is of the local table.
 */
export function isMadeBy(route: HostRoute, addresses: readonly HostAddress[]): boolean {
  if (route.protocol !== PROTOCOL.kernel) return false;
  if (route.table === TABLE_LOCAL) return true;
  if (route.table !== TABLE_MAIN || route.gateway !== null) return false;
  return addresses.some((address) => {
    if (address.family !== route.family || address.noPrefixRoute) return false;
    const metric = address.metric ?? (address.family === 6 ? ADDRCONF_METRIC : null);
    return (
      route.metric === metric &&
      route.destination === networkOf(address.peer ?? address.local, address.prefix)
    );
  });
}

/**
 * Whether a bridge's route goes where these addresses go: when its next hop or source is in their networks, or in no
 * network of the bridge at all and this uplink is the first that the bridge has addresses of.
 */
function goesAlong(route: HostRoute, bridge: LinkState, nic: string, moved: readonly HostAddress[]): boolean {
  if (isMadeBy(route, bridge.addresses)) return false;
  if (reaches(route, moved)) return true;
  const stays = bridge.addresses.filter((address) => !moved.some((one) => sameAddress(one, address)));
  if (reaches(route, stays)) return false;
  const [first] = recordedAddressTexts(bridge.altnames)
    .map(({ uplink }) => uplink)
    .sort();
  return first === nic;
}

/** Every link has a link-local network, so that says nothing. */
function reaches({ family, gateway, source }: HostRoute, addresses: readonly HostAddress[]): boolean {
  const networks = new BlockList();
  for (const address of addresses) {
    if (isLinkLocal(address)) continue;
    networks.addSubnet(address.peer ?? address.local, address.prefix, familyWord(address.family));
    networks.addAddress(address.local, familyWord(address.family));
  }
  return [gateway, source].some((address) => address !== null && networks.check(address, familyWord(family)));
}

function familyWord(family: 4 | 6): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}
