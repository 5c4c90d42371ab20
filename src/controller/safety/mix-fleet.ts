import type { Fleet, ResolvedHost, ResolvedInterface } from '../../desired/fleet.ts';
import { guestsOn, resolveHost } from '../../desired/resolve.ts';
import type { Problem } from '../../model/problem.ts';
import type { Id } from '../../model/resource.ts';
import { idOf } from '../../model/resource.ts';
import { shortfalls } from '../../realise/support.ts';

/** The fleet to which a host goes back, and what of it the old documents cannot carry. */
export interface Mixed {
  fleet: Fleet;
  /** Devices and ports of guests that need what only the rejected documents give: left as they are. */
  leave: ReadonlySet<Id>;
  /** One warning for each of those guests' interfaces. */
  problems: Problem[];
}

/**
 * What hosts and networks are, from the last good documents; which guests there are and where, from the current ones,
 * for a guest that arrived since must not lose its device over somebody else's mistake. Pure.
 */
export function mixFleet(current: Fleet, lastGood: Fleet, hostName: string): Mixed {
  const fleet: Fleet = {
    ...current,
    settings: lastGood.settings,
    networks: lastGood.networks,
    hosts: lastGood.hosts,
    classes: lastGood.classes,
  };
  const leave = new Set<Id>();
  const problems: Problem[] = [];
  const host = resolveHost(fleet, hostName);
  if (host === undefined) return { fleet, leave, problems };
  const asked = portGroupsAsked(current, hostName);
  for (const iface of guestsOn(fleet, hostName).flatMap((guest) => guest.interfaces)) {
    const why = cannotCarry(host, iface, asked.get(`${iface.guest}/${iface.name}`) ?? null);
    if (why === null) continue;
    leave.add(idOf('link', iface.device));
    leave.add(idOf('ovs-port', iface.device));
    problems.push({
      code: 'guest-left',
      severity: 'warning',
      message: `${iface.guest} ${iface.name} is left as it is: ${why} in the last good documents, to which this host went back`,
      source: iface.at(['network']),
    });
  }
  return { fleet, leave, problems };
}

/** The port group that each interface has by the current documents, be it named or the network's default. */
function portGroupsAsked(current: Fleet, hostName: string): Map<string, string> {
  const asked = new Map<string, string>();
  for (const { interfaces } of guestsOn(current, hostName)) {
    for (const { guest, name, portGroup } of interfaces) {
      if (portGroup !== null) asked.set(`${guest}/${name}`, portGroup.name);
    }
  }
  return asked;
}

/** A guest never lands in another segment than it asks for because the old network did not know its port group. */
function cannotCarry(host: ResolvedHost, iface: ResolvedInterface, asked: string | null): string | null {
  const network = host.networks.get(iface.network);
  if (network === undefined) return `there is no network ${iface.network} on ${host.name}`;
  if (asked !== null && iface.portGroup === null) {
    return `network ${iface.network} has no port group ${asked}`;
  }
  const [shortfall] = shortfalls(network.entry, iface.portGroup);
  return shortfall === undefined ? null : `it ${shortfall.message}`;
}
