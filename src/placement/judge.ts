import type { ResolvedGuest, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { shortfalls } from '../realise/support.ts';
import { capacityReasons } from './capacity.ts';
import { mtuReasons } from './mtu.ts';
import { type Reason, reason, worstFirst } from './reason.ts';
import { segmentReasons } from './segment.ts';
import { islandAddressReasons, servingReasons } from './serving.ts';
import { takenReasons } from './taken.ts';
import type { PlacementView } from './view.ts';

/** All that documents say of a guest on a host, best read with `verdictOf`. Without a reason there is nothing to say. */
export function judge(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost): Reason[] {
  if (guest.host === host.name) return [here(guest)];
  const fixed = judgeWithoutRoom(view, guest, host);
  // On its way there it has its place already.
  if (guest.migratingTo === host.name) {
    return worstFirst([reason('arriving', '', `it is on its way there from ${guest.host}`), ...fixed]);
  }
  return worstFirst([...fixed, ...capacityReasons(view, guest, host)]);
}

/** The same, but for whether there is room: what other moves do not change. */
export function judgeWithoutRoom(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost): Reason[] {
  const reasons = [
    ...hostReasons(view, guest, host),
    ...guest.interfaces.flatMap((iface) => interfaceReasons(view, guest, iface, host)),
    ...takenReasons(view, guest, host),
  ];
  return worstFirst(onceEach(reasons));
}

function here({ migratingTo }: ResolvedGuest): Reason {
  return reason('here', '', migratingTo === null ? 'it is here' : `it is here, on its way to ${migratingTo}`);
}

function hostReasons(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost): Reason[] {
  const reasons: Reason[] = [];
  const own = view.guestErrors(guest.name);
  const [ofGuest] = own;
  if (ofGuest !== undefined) {
    const message = `the guest's own documents have ${errorCount(own.length)}: ${ofGuest.message}`;
    reasons.push(reason('guest-invalid', '', message));
  }
  const unread = (host.document.spec.classes ?? []).filter((name) =>
    view.fleet.broken.has(`HostClass/${name}`),
  );
  if (unread.length > 0) {
    const message = `its class ${unread.join(', ')} has errors, so nobody can tell what it realises`;
    reasons.push(reason('class-broken', '', message));
  }
  const errors = view.errors(host.name);
  const [first] = errors;
  if (first !== undefined) {
    const message = `its documents have ${errorCount(errors.length)}, so it takes nothing up: ${first.message}`;
    reasons.push(reason('host-invalid', '', message));
  }
  return reasons;
}

function interfaceReasons(
  view: PlacementView,
  guest: ResolvedGuest,
  iface: ResolvedInterface,
  host: ResolvedHost,
): Reason[] {
  const to = host.networks.get(iface.network);
  if (to === undefined) {
    return [reason('network-not-realised', iface.network, `${iface.network} is not realised there`)];
  }
  const origin = { host: guest.host };
  const from = view.hosts.get(guest.host ?? '')?.networks.get(iface.network) ?? null;
  const crossing = { iface, from, to };
  return [
    ...featureReasons(crossing),
    ...mtuReasons(view, to, host),
    ...segmentReasons(crossing, origin),
    ...islandAddressReasons(crossing),
    ...servingReasons(view, crossing, origin, host),
  ];
}

function featureReasons({ iface, to }: Parameters<typeof segmentReasons>[0]): Reason[] {
  return shortfalls(to.entry, iface.portGroup).map(({ code, message }) =>
    reason(code, iface.name, `${iface.name} (port group ${iface.portGroup?.name}) ${message}`),
  );
}

/** Two interfaces on one network mostly meet the same. */
function onceEach(reasons: readonly Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, message }) => {
    const key = `${code} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

function errorCount(count: number): string {
  return count === 1 ? 'an error' : `${count} errors`;
}
