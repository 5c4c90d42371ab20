import type { RealisationType } from '../desired/documents.ts';
import type { ResolvedInterface } from '../desired/fleet.ts';
import type { Presence } from '../desired/resolve.ts';
import { tapMac } from '../model/identity.ts';
import { guestOwner } from '../model/mark.ts';
import type { Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { LinkSpec, TapSpec } from '../model/specs.ts';
import type { RealiseInput } from './realisation.ts';
import { stanceOf } from './stance.ts';

/** What every guest device has in common, whatever its type. */
export function guestDevice(
  iface: ResolvedInterface,
  spec: LinkSpec,
  rest: Partial<Pick<Wanted<'link'>, 'needs' | 'expects' | 'adopt'>>,
): Wanted<'link'> {
  return {
    kind: 'link',
    id: idOf('link', iface.device),
    name: iface.device,
    spec,
    owner: guestOwner(iface.guest, iface.name),
    source: iface.at([]),
    guests: [iface.guest],
    network: iface.network,
    needs: rest.needs ?? [],
    expects: rest.expects ?? [],
    adopt: iface.adopt || (rest.adopt ?? false),
  };
}

/** A tap of this guest, as port of a Linux bridge or, with `master` null, of Open vSwitch. */
export function tapSpec(
  iface: ResolvedInterface,
  { facts, presence }: Pick<RealiseInput<RealisationType>, 'facts' | 'presence'>,
  port: { master: string | null; mtu: number | null },
): TapSpec {
  const { up, released } = stanceOf(iface, presence, facts);
  const spec: TapSpec = {
    kind: 'tap',
    up,
    mtu: port.mtu,
    mac: tapMac(iface.mac),
    master: port.master,
    isolated: port.master === null ? null : (iface.portGroup?.isolated ?? false),
    multiQueue: iface.queues > 1,
    altname: iface.altname,
    owner: facts.deviceOwner,
  };
  if (released !== null) spec.released = released;
  return spec;
}

/** A guest with two interfaces in a network is one guest of it; one that only may be started here is none. */
export function countGuests(
  interfaces: readonly ResolvedInterface[],
  presence: ReadonlyMap<string, Presence>,
): number {
  const there = new Set<string>();
  for (const { guest } of interfaces) if (presence.get(guest) !== 'standby') there.add(guest);
  return there.size;
}
