import { SCOPE_LINK } from '../../model/addressing.ts';
import { byName } from '../../model/by-name.ts';
import type { HostState, LinkState, OvsPortState } from '../../model/host.ts';
import { wholeDeviceName } from '../../model/identity.ts';
import type { Mark } from '../../model/mark.ts';
import { guestOfOwner, isDeletionGroup, linkMark, ovsMark, releasedOf } from '../../model/mark.ts';
import type { Claim, Need, Observed } from '../../model/resource.ts';
import { idOf } from '../../model/resource.ts';
import type { LinkSpec, MacvtapMode, MacvtapSpec, TapSpec } from '../../model/specs.ts';

/** Links of these kinds take their parent's frames by its rx handler, as a bridge does: one of them at a time. */
const RX_HANDLER_KINDS = new Map([
  ['macvtap', 'macvlan'],
  ['macvlan', 'macvlan'],
  ['ipvlan', 'ipvlan'],
  ['ipvtap', 'ipvlan'],
]);

const MACVTAP_MODES: readonly string[] = ['vepa', 'bridge', 'private', 'passthru'] satisfies MacvtapMode[];

/** Every link of the host, strangers too: they hold names, MACs and NICs that a plan must not count on. */
export function observeLinks(state: HostState): Observed<'link'>[] {
  const named = byName(state.links);
  const localPorts = new Set(state.ovs?.bridges.map((bridge) => bridge.name));
  const internal = internalPorts(state);
  const around: Around = { named, localPorts, lending: lendingNics(state.links) };
  return state.links.map((link) => {
    const port = internal.get(link.name);
    // An internal port's link has no mark of its own, for it comes and goes with its port.
    const mark = port === undefined ? linkMark(link) : ovsMark('Port', port.externalIds);
    return {
      kind: 'link',
      id: idOf('link', link.name),
      name: link.name,
      spec: port === undefined ? linkSpec(link, mark) : internalSpec(link),
      mark,
      handle: `if${link.index}`,
      incarnation: String(link.index),
      needs:
        port === undefined
          ? linkNeeds(link, named)
          : [{ id: idOf('ovs-port', link.name), incarnation: true }],
      claims: () => linkClaims(link, around, port !== undefined),
      strayGroup: isDeletionGroup(link.group) ? link.group : null,
    };
  });
}

/** Ports whose link ovs-vswitchd makes, by its name; a bridge's local port stands and goes with the bridge. */
function internalPorts(state: HostState): Map<string, OvsPortState> {
  const ports = (state.ovs?.bridges ?? []).flatMap((bridge) =>
    bridge.ports.filter(({ name }) => name !== bridge.name),
  );
  return new Map(
    ports
      .filter(({ name, interfaces }) =>
        interfaces.some((one) => one.name === name && one.type === 'internal'),
      )
      .map((port) => [port.name, port]),
  );
}

function internalSpec({ up, mtu, mac }: LinkState): LinkSpec {
  return { kind: 'internal', up, mtu, mac: mac ?? '' };
}

function linkSpec(link: LinkState, mark: Mark): LinkSpec {
  const { up, mtu } = link;
  if (link.bridge !== null) {
    return { kind: 'bridge', up, mtu, mac: link.mac, ...link.bridge, linkLocal: makesLinkLocal(link) };
  }
  if (link.macvtap !== null && isMacvtapMode(link.macvtap.mode)) {
    const spec: MacvtapSpec = {
      kind: 'macvtap',
      up,
      mtu,
      mac: link.mac ?? '',
      parent: link.parent ?? '',
      mode: link.macvtap.mode,
      altname: ownAltname(link, mark),
      owner: link.node,
    };
    return withReleased(spec, link);
  }
  if (link.macvlan !== null && isMacvtapMode(link.macvlan.mode) && link.macvlan.mode !== 'passthru') {
    const { mode } = link.macvlan;
    return { kind: 'macvlan', up, mtu, mac: link.mac ?? '', parent: link.parent ?? '', mode };
  }
  if (link.tap?.mode === 'tap') {
    const spec: TapSpec = {
      kind: 'tap',
      up,
      mtu,
      mac: link.mac,
      master: link.master,
      isolated: link.port?.isolated ?? null,
      multiQueue: link.tap.multiQueue,
      altname: ownAltname(link, mark),
      owner: link.tap.owner,
    };
    return withReleased(spec, link);
  }
  return { kind: 'other', type: link.type };
}

function withReleased(spec: MacvtapSpec | TapSpec, { group }: LinkState): LinkSpec {
  const released = releasedOf(group);
  return released === null ? spec : { ...spec, released };
}

/** null: it is to make itself one, and has none while it is up; that is neither. */
function makesLinkLocal({ addrGenMode, up, addresses }: LinkState): boolean | null {
  if (addrGenMode === 'none') return false;
  const has = addresses.some(
    ({ family, scope, duplicate }) => family === 6 && scope === SCOPE_LINK && !duplicate,
  );
  return addrGenMode !== null && (has || !up) ? true : null;
}

/** The whole name that its mark calls for, if it has it; other altnames are the user's. */
function ownAltname(link: LinkState, mark: Mark): string | null {
  if (link.altnames.length === 0) return null;
  const guest = mark.is === 'ours' ? guestOfOwner(mark.owner) : null;
  if (guest === null) return link.altnames[0] ?? null;
  const whole = wholeDeviceName(guest.guest, guest.iface);
  return link.altnames.includes(whole) ? whole : null;
}

function linkNeeds(link: LinkState, named: ReadonlyMap<string, LinkState>): Need[] {
  const { parent } = link;
  const master = link.master !== null && isMembership(link, named) ? null : link.master;
  if (master !== null && parent !== null) return [needOf(master), needOf(parent)];
  const only = master ?? parent;
  return only === null ? [] : [needOf(only)];
}

function needOf(link: string): Need {
  return { id: idOf('link', link), incarnation: true };
}

/** NICs that show the address of the passthru macvtap on them, and have their own back when that goes. */
function lendingNics(links: readonly LinkState[]): Set<string> {
  return new Set(links.flatMap((link) => (isPassthru(link) && link.parent !== null ? [link.parent] : [])));
}

/** Such a one has its parent to itself. */
function isPassthru({ macvtap, macvlan }: LinkState): boolean {
  return (macvtap ?? macvlan)?.mode === 'passthru';
}

interface Around {
  named: ReadonlyMap<string, LinkState>;
  localPorts: ReadonlySet<string>;
  lending: ReadonlySet<string>;
}

function linkClaims(link: LinkState, { named, localPorts, lending }: Around, isInternal: boolean): Claim[] {
  const claims = link.altnames.map(nameClaim);
  // The local port of an Open vSwitch bridge has its bridge's name, and the bridge claims it.
  if (isInternal) claims.push(internalClaim(link.name));
  else if (!localPorts.has(link.name)) claims.push(nameClaim(link.name));
  if (link.master !== null && !isMembership(link, named)) {
    claims.push(deviceClaim(link.name, portShare(link, link.master, named)));
  }
  const handler = RX_HANDLER_KINDS.get(link.type);
  if (handler !== undefined && link.parent !== null) {
    const exclusive = isPassthru(link);
    claims.push(deviceClaim(link.parent, exclusive ? null : handler));
    if (link.mac !== null && !exclusive) claims.push(macClaim(link.parent, link.mac));
  } else if (link.mac !== null && !lending.has(link.name)) {
    // A macvlan with its parent's own address is refused as well (macvlan_addr_busy, drivers/net/macvlan.c).
    claims.push(macClaim(link.name, link.mac));
  }
  return claims;
}

/** A VRF leaves a NIC's frames to whoever takes them, as macvtaps do; it is in the way of a bridge only. */
function portShare({ tap }: LinkState, master: string, named: ReadonlyMap<string, LinkState>): string | null {
  if (named.get(master)?.type === 'vrf') return 'macvlan';
  return tap === null ? uplinkShare(master) : null;
}

/** Whether its place in a bridge of ours is a resource of its own (kinds/membership.ts), which claims the NIC then. */
export function isMembership(link: LinkState, named: ReadonlyMap<string, LinkState>): boolean {
  const master = link.master === null ? undefined : named.get(link.master);
  return link.tap === null && master !== undefined && linkMark(master).is === 'ours';
}

/** Names and altnames of a namespace are one set (dev_get_by_name looks in both). */
export function nameClaim(name: string): Claim {
  return { slot: `name:${name}`, share: null };
}

/** A link and the Open vSwitch port that brings it have their name together, and against all others. */
export function internalClaim(name: string): Claim {
  return { slot: `name:${name}`, share: 'internal port' };
}

/** Who takes a device's frames. */
export function deviceClaim(device: string, share: string | null): Claim {
  return { slot: `device:${device}`, share };
}

/**
 * A NIC in a stranger's bridge and an uplink of the bridge when that is taken over are one and the same. While the
 * bridge is a stranger's the uplink is not made, for it needs the bridge.
 */
export function uplinkShare(bridge: string): string {
  return `port of ${bridge}`;
}

export function macClaim(parent: string, mac: string): Claim {
  return { slot: `mac:${parent}/${mac}`, share: null };
}

function isMacvtapMode(text: string): text is MacvtapMode {
  return MACVTAP_MODES.includes(text);
}
