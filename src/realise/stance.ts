import type { ResolvedInterface } from '../desired/fleet.ts';
import type { Presence } from '../desired/resolve.ts';
import type { LinkState } from '../model/host.ts';
import { isDeviceOf, releasedOf } from '../model/mark.ts';
import type { Released } from '../model/specs.ts';
import type { HostFacts } from './realisation.ts';

/** How a guest's device is to stand on a host. */
export interface Stance {
  up: boolean;
  released: Released | null;
  /** It takes a place in its pool. */
  counted: boolean;
}

const PRESENT: Stance = { up: true, released: null, counted: true };
const WAITING: Stance = { up: false, released: null, counted: false };

/**
 * By what its guest is here, and by what the device itself says of a guest that has gone. Without a word of git nothing
 * raises it again; once git has had the guest migrating, git decides; and a guest that is to come raises it in any case.
 */
export function stanceOf(
  iface: ResolvedInterface,
  presence: ReadonlyMap<string, Presence>,
  facts: HostFacts,
): Stance {
  const here = presence.get(iface.guest) ?? 'placed';
  // Of all but a few devices that is all there is to say, whoever's they are.
  if (here !== 'standby' && releasedOf(facts.links.get(iface.device)?.group ?? 0) === null) return PRESENT;
  const link = ownLink(iface, facts);
  const released = link === null ? null : releasedOf(link.group);
  switch (here) {
    case 'placed':
      return released === 'yes' ? { up: false, released, counted: true } : PRESENT;
    case 'leaving':
      return released === null ? PRESENT : { up: false, released: 'moving', counted: true };
    case 'incoming':
    case 'claimed':
      return PRESENT;
    case 'standby':
      return link === null ? WAITING : standbyStance(link, released, facts);
  }
}

/** Started here by a cluster manager, it is a guest like others; where that cannot be told, it stays as it is. */
function standbyStance(link: LinkState, released: Released | null, facts: HostFacts): Stance {
  const held = facts.held.get(link.name);
  if (held === undefined || held.is === 'free') return WAITING;
  if (released !== null) return { up: false, released, counted: false };
  if (held.is === 'unknown') return { up: link.up, released: null, counted: link.up };
  return PRESENT;
}

/** The guest's device, if it stands and is ours. */
export function ownLink(iface: ResolvedInterface, facts: HostFacts): LinkState | null {
  const link = facts.links.get(iface.device);
  return link !== undefined && isDeviceOf(link, iface.guest) ? link : null;
}
