import type { Realisation, RealisationOf } from '../desired/documents.ts';
import type { HostNetwork, ResolvedInterface } from '../desired/fleet.ts';
import { isIsland, serveSettings } from '../desired/serve-settings.ts';
import { type Reason, reason } from './reason.ts';

/** One network of a guest, where it is and where it would be. */
export interface Crossing {
  iface: ResolvedInterface;
  /** null where the guest is placed nowhere, or its host does not realise the network. */
  from: HostNetwork | null;
  to: HostNetwork;
}

/** The host that a guest comes from, in words. */
export interface Origin {
  host: string | null;
}

/** Whether the network is the same segment there, as far as documents tell, and what a guest meets on it. */
export function segmentReasons({ iface, from, to }: Crossing, { host }: Origin): Reason[] {
  const { name } = to;
  if (isIsland(to.entry) || (from !== null && isIsland(from.entry)))
    return islandReasons({ iface, from, to }, host);
  const reasons: Reason[] = [];
  const [here, there] = [nativeVlan(from?.entry), nativeVlan(to.entry)];
  // Which VLAN a port group with a tag has is the same everywhere; whether it is to be had is told elsewhere.
  if (iface.portGroup?.vlan === undefined && here !== null && there !== null && here !== there) {
    const message = `${name} is VLAN ${there} there and VLAN ${here} on ${host}: another segment`;
    reasons.push(reason('other-segment', name, message));
  }
  if (hasNoUplink(to.entry)) {
    reasons.push(
      reason(
        'no-uplink',
        name,
        `the bridge ${to.entry.bridge} of ${name} has no uplink in the documents: only guests of that host are on it, unless somebody else wires it`,
      ),
    );
  } else if (from !== null && hasNoUplink(from.entry)) {
    reasons.push(
      reason(
        'no-uplink',
        name,
        `the bridge ${from.entry.bridge} of ${name} on ${host} has no uplink in the documents: the guest leaves its peers there, unless somebody else has wired it`,
      ),
    );
  }
  return [...reasons, ...neighbourReasons({ iface, from, to })];
}

function islandReasons({ from, to }: Crossing, host: string | null): Reason[] {
  const { name } = to;
  if (from === null) return [];
  if (!isIsland(to.entry)) {
    return [
      reason('island', name, `${name} is an island of ${host}: the guest leaves its peers there behind`),
    ];
  }
  const message = isIsland(from.entry)
    ? `${name} is an island of each host: the guest leaves its peers on ${host} behind`
    : `${name} is an island of its host there: the guest leaves its peers on the segment behind`;
  return [reason('island', name, message)];
}

/** Guests beside it on the same device. */
function neighbourReasons({ iface, from, to }: Crossing): Reason[] {
  const { name } = to;
  const [before, mode] = [modeOf(from?.entry), modeOf(to.entry)];
  if (mode === 'private' && before !== 'private' && iface.portGroup?.isolated !== true) {
    const message = `${name} is on macvtaps in private mode: guests on the same device do not reach each other`;
    return [reason('neighbours-unreachable', name, message)];
  }
  if (mode === 'vepa' && before !== 'vepa') {
    const message = `${name} is on macvtaps in vepa mode: guests on the same device reach each other only if the switch sends frames back`;
    return [reason('needs-hairpin', name, message)];
  }
  return [];
}

function nativeVlan(entry: Realisation | undefined): number | null {
  return entry?.type === 'direct' ? (entry.nativeVlan ?? null) : null;
}

function modeOf(entry: Realisation | undefined): RealisationOf<'direct'>['mode'] | null {
  return entry?.type === 'direct' ? entry.mode : null;
}

/** Of a bridge that Plumbline makes, documents say all that it puts in; of one that stands already, nothing. */
export function hasNoUplink(entry: Realisation): entry is RealisationOf<'bridge' | 'openvswitch'> {
  if (entry.type !== 'bridge' && entry.type !== 'openvswitch') return false;
  return entry.manage === true && (entry.uplinks ?? []).length === 0;
}

/** Whether guests leave a host by its NAT. */
export function isBehindNat(entry: Realisation): boolean {
  return serveSettings(entry)?.forward === 'nat';
}
