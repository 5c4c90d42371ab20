import type { ResolvedHost } from '../desired/fleet.ts';
import { isIsland, serveSettings } from '../desired/serve-settings.ts';
import { familyOf } from '../model/ip.ts';
import { type Reason, reason } from './reason.ts';
import { type Crossing, hasNoUplink, isBehindNat, type Origin } from './segment.ts';
import type { PlacementView } from './view.ts';

/** What becomes of a guest's gateway, DHCP and DNS. */
export function servingReasons(
  view: PlacementView,
  { iface, from, to }: Crossing,
  origin: Origin,
  host: ResolvedHost,
): Reason[] {
  const { name } = to;
  if (to.network?.spec.addressing === undefined || from === null) return lostNat({ iface, from, to }, origin);
  const others = view.servers(name).filter((one) => one !== host);
  const nat = lostNat({ iface, from, to }, origin);
  if (isIsland(to.entry)) return nat;
  if (serveSettings(to.entry) !== null) {
    if (isIsland(from.entry) || others.length === 0) return nat;
    const message = `${name} is served there too: its gateway, DHCP and DNS are that host's from then on`;
    return [reason('gateway-changes', name, message), ...nat];
  }
  if (others.length === 0) {
    if (!isIsland(from.entry)) return nat;
    const message = `nobody serves ${name} there: the guest has no gateway, DHCP and DNS of Plumbline's`;
    return [reason('not-served', name, message), ...nat];
  }
  const where = serverNames(others);
  if (hasNoUplink(to.entry)) {
    const message = `the gateway, DHCP and DNS of ${name} are on ${where}, which the bridge ${to.entry.bridge} has no uplink to in the documents`;
    return [reason('gateway-unreachable', name, message), ...nat];
  }
  if (serveSettings(from.entry) === null) return nat;
  const message = `the gateway, DHCP and DNS of ${name} are on ${where}, reached over the segment`;
  return [reason('gateway-elsewhere', name, message)];
}

/** Connections live in the NAT of the host that they leave by: none of them goes along when that host is another. */
function lostNat({ from, to }: Crossing, { host }: Origin): Reason[] {
  if (from === null || !isBehindNat(from.entry)) return [];
  // On a shared segment the old gateway goes on, unless the new host has the same address itself.
  if (!isIsland(from.entry) && serveSettings(to.entry) === null) return [];
  const message = `connections of ${to.name} through the NAT of ${host} end`;
  return [reason('nat-connections-end', to.name, message)];
}

/** An island has the subnet of every other island of the network: the guest's address may be somebody's there. */
export function islandAddressReasons({ iface, from, to }: Crossing): Reason[] {
  if (from === null || !isIsland(to.entry)) return [];
  const { name } = to;
  const subnets = to.network?.spec.addressing ?? [];
  if (subnets.length === 0) {
    const message = `documents do not say which addresses ${name} has there: with one of another subnet the guest has no connectivity`;
    return [reason('address-not-told', name, message)];
  }
  if (iface.addresses.length > 0) {
    const message = `${name} has the same subnet there: ${iface.addresses.join(', ')} of ${iface.name} is no other guest's in git, but may be that of a machine that git does not know`;
    return [reason('address-clash-possible', name, message)];
  }
  const families = [...new Set(subnets.map(({ subnet }) => `IPv${familyOf(subnet)}`))].join(' and ');
  const message = `${name} has the same subnet there, whose DHCP does not know the ${families} address of ${iface.name}: a clash of addresses is possible`;
  return [reason('address-clash-possible', name, message)];
}

function serverNames(hosts: readonly ResolvedHost[]): string {
  const [first, second, third] = hosts.map(({ name }) => name);
  if (third !== undefined) return `${first} and ${hosts.length - 1} more hosts`;
  return second === undefined ? `${first}` : `${first} and ${second}`;
}
