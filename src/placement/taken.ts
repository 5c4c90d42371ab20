import type { ResolvedGuest, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { areApart } from '../desired/served-guests.ts';
import { type Reason, reason } from './reason.ts';
import { isBehindNat } from './segment.ts';
import { dnsNameOf, type PlacementView } from './view.ts';

/** What a guest would bring that somebody has there already: the name of a link, an address, a published port. */
export function takenReasons(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost): Reason[] {
  const moved = { ...guest, host: host.name, migratingTo: null };
  return guest.interfaces.flatMap((iface, index) => [
    ...linkName(view, iface, host),
    ...(iface.addresses.length === 0
      ? []
      : [...address(view, moved, iface), ...names(view, moved, iface, index)]),
    ...(iface.publish.length === 0 ? [] : published(view, guest, iface, host)),
  ]);
}

function linkName(view: PlacementView, iface: ResolvedInterface, host: ResolvedHost): Reason[] {
  const links = view.links(host);
  const name = links.has(iface.device) ? iface.device : iface.altname;
  const use = name === null ? undefined : links.get(name);
  if (use === undefined) return [];
  const message = `the device ${name} of ${iface.name} has the name of ${use} there`;
  return [reason('device-name-taken', iface.name, message)];
}

/** Islands of other hosts are segments of their own; from here on as `guest-addresses` of check sees it. */
function address(view: PlacementView, moved: ResolvedGuest, iface: ResolvedInterface): Reason[] {
  return iface.addresses.flatMap((text) => {
    const other = view
      .holders(iface.network, text)
      .find(({ guest }) => guest.name !== moved.name && !areApart(view.fleet, guest, moved, iface.network));
    if (other === undefined) return [];
    const message = `${text} of ${iface.name} is the address of ${other.guest.name} ${other.iface.name} on ${iface.network} there`;
    return [reason('address-taken', iface.name, message)];
  });
}

/** As `names` of check sees it. */
function names(view: PlacementView, moved: ResolvedGuest, iface: ResolvedInterface, index: number): Reason[] {
  const spec = view.fleet.networks.get(iface.network)?.spec;
  if (spec?.addressing === undefined || spec.dns?.enabled === false) return [];
  const name = dnsNameOf(moved, iface, index);
  const other = view
    .named(iface.network, name)
    .find(({ guest }) => guest.name !== moved.name && !areApart(view.fleet, guest, moved, iface.network));
  if (other === undefined) return [];
  const message = `${name} is the name of ${other.guest.name} ${other.iface.name} in the DNS of ${iface.network} there`;
  return [reason('dns-name-taken', iface.name, message)];
}

function published(
  view: PlacementView,
  guest: ResolvedGuest,
  iface: ResolvedInterface,
  host: ResolvedHost,
): Reason[] {
  const network = host.networks.get(iface.network);
  if (network === undefined) return [];
  if (!isBehindNat(network.entry)) {
    const message = `${iface.name} publishes ports, but ${iface.network} is not behind NAT there`;
    return [reason('publish-without-nat', iface.name, message)];
  }
  const there = view
    .on(host.name)
    .filter((one) => !one.standby && one.guest.name !== guest.name && one.iface.publish.length > 0);
  const reasons = iface.publish.flatMap(({ protocol, port, address: own }) => {
    const other = there.find((one) =>
      one.iface.publish.some(
        (it) =>
          it.protocol === protocol &&
          it.port === port &&
          (it.address === null || own === null || it.address === own),
      ),
    );
    if (other === undefined) return [];
    const message = `${protocol} port ${port}, which ${iface.name} publishes, is that of ${other.guest.name} ${other.iface.name} there`;
    return [reason('published-port-taken', iface.name, message)];
  });
  if (guest.host === null) return reasons;
  const ports = iface.publish.map(({ protocol, port }) => `${protocol} ${port}`).join(', ');
  const message = `what ${iface.name} publishes (${ports}) is reached by the addresses of that host, no longer by those of ${guest.host}`;
  return [...reasons, reason('published-elsewhere', iface.name, message)];
}
