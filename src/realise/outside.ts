import type { RealisationType } from '../desired/documents.ts';
import type { Serving } from '../desired/serving.ts';
import type { LinkState } from '../model/host.ts';
import { familyOf } from '../model/ip.ts';
import { guestOfOwner, linkMark } from '../model/mark.ts';
import type { Problem } from '../model/problem.ts';
import { findDevice } from './devices.ts';
import { ownAddresses } from './host-places.ts';
import type { HostFacts, RealiseInput } from './realisation.ts';

/** Where packets of a network leave the host. */
export type Outside =
  /** Wherever the routes lead. */
  | { is: 'anywhere' }
  /** By this link only. */
  | { is: 'link'; name: string }
  /** By the device that the documents name, which is not here. */
  | { is: 'missing'; problem: Problem };

export function outsideOf({ host, facts }: RealiseInput<RealisationType>, serving: Serving): Outside {
  const { device, network } = serving;
  if (device === null) return { is: 'anywhere' };
  const found = findDevice(device, host, facts.links);
  if ('link' in found) return { is: 'link', name: found.link.name };
  return {
    is: 'missing',
    problem: {
      code: 'device-missing',
      severity: 'error',
      message: `network ${network}: the device ${device} is not on this host: ${found.missing}`,
      source: serving.at(['device']),
      hint: 'guests reach one another and this host, and nothing else, until it is there',
    },
  };
}

/**
 * Links that have an address of the host's own of this family and are up: packets come and go by them. `moved`: by
 * uplink, the bridge that takes its addresses over.
 */
export function linksOutside(facts: HostFacts, family: 4 | 6, moved: ReadonlyMap<string, string>): string[] {
  const names = new Set<string>();
  for (const link of facts.links.values()) {
    if (!link.up || link.name === 'lo' || isGuests(link)) continue;
    // RT_SCOPE_UNIVERSE
    const leads = ownAddresses(link).some((one) => one.scope === 0 && familyOf(one.local) === family);
    if (leads) names.add(moved.get(link.name) ?? link.name);
  }
  return [...names].sort();
}

function isGuests(link: LinkState): boolean {
  const mark = linkMark(link);
  return mark.is === 'ours' && guestOfOwner(mark.owner) !== null;
}
