import type { RealisationOf, RealisationType } from '../desired/documents.ts';
import type { Fleet, HostNetwork, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { guestsOn } from '../desired/resolve.ts';
import { compareText } from '../model/order.ts';
import type { NetworkSummary } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Id } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { realiseBridge } from './bridge.ts';
import { realiseDirect } from './direct.ts';
import { interfaceKey } from './guest-device.ts';
import { realiseOpenvswitch } from './openvswitch.ts';
import { allocatePools } from './pools.ts';
import type { HostFacts, Realise, Realised } from './realisation.ts';

/** All that should stand on one host, and what could not be decided. */
export interface RealisedHost {
  wanted: AnyWanted[];
  problems: Problem[];
  unplanned: Set<Id>;
  networks: NetworkSummary[];
  /** Guests that are placed here. */
  guests: number;
}

interface Placed {
  network: HostNetwork;
  interfaces: ResolvedInterface[];
}

/** `skipped` networks are left alone, each for the reason that it names (a sandbox without Open vSwitch). */
export function realiseHost(
  fleet: Fleet,
  host: ResolvedHost,
  facts: HostFacts,
  skipped: ReadonlyMap<string, string>,
): RealisedHost {
  const guests = guestsOn(fleet, host.name);
  const byNetwork = groupByNetwork(guests.flatMap((guest) => guest.interfaces));
  const placed = [...host.networks.values()].map((network) => ({
    network,
    interfaces: byNetwork.get(network.name) ?? [],
  }));
  const result: RealisedHost = {
    wanted: [],
    problems: [],
    unplanned: new Set(),
    networks: [],
    guests: guests.length,
  };
  const active = placed.filter((one) => !skipped.has(one.network.name));
  for (const one of placed) {
    const why = skipped.get(one.network.name);
    if (why !== undefined) skip(result, one, why);
  }
  const realise = realisers(host, active, facts, result);
  for (const one of active) add(result, realise(one));
  result.wanted = unique(result.wanted);
  return result;
}

function realisers(
  host: ResolvedHost,
  placed: readonly Placed[],
  facts: HostFacts,
  result: RealisedHost,
): (one: Placed) => Realised {
  const direct = placed.filter(({ network }) => network.entry.type === 'direct');
  const allocation = allocatePools(host, direct, facts);
  result.problems.push(...allocation.problems);
  const byType: { [T in RealisationType]: Realise<T> } = {
    bridge: realiseBridge,
    direct: realiseDirect(allocation),
    openvswitch: realiseOpenvswitch,
  };
  const run = <T extends RealisationType>(type: T, entry: RealisationOf<T>, one: Placed): Realised =>
    byType[type]({ host, entry, facts, ...one });
  return (one) => {
    const { entry } = one.network;
    switch (entry.type) {
      case 'bridge':
        return run(entry.type, entry, one);
      case 'direct':
        return run(entry.type, entry, one);
      case 'openvswitch':
        return run(entry.type, entry, one);
    }
  };
}

function groupByNetwork(interfaces: readonly ResolvedInterface[]): Map<string, ResolvedInterface[]> {
  const groups = new Map<string, ResolvedInterface[]>();
  for (const iface of interfaces) {
    const group = groups.get(iface.network);
    if (group === undefined) groups.set(iface.network, [iface]);
    else group.push(iface);
  }
  for (const group of groups.values()) group.sort((a, b) => compareText(interfaceKey(a), interfaceKey(b)));
  return groups;
}

function add(result: RealisedHost, part: Realised): void {
  result.wanted.push(...part.wanted);
  result.problems.push(...part.problems);
  result.networks.push(part.summary);
  for (const id of part.unplanned) result.unplanned.add(id);
}

function skip(result: RealisedHost, { network, interfaces }: Placed, why: string): void {
  result.problems.push({
    code: 'sandbox-skipped',
    severity: 'warning',
    message: `network ${network.name} is skipped here: ${why}`,
    source: network.at([]),
  });
  for (const { device } of interfaces) {
    result.unplanned.add(idOf('link', device));
    result.unplanned.add(idOf('ovs-port', device));
  }
}

/**
 * Networks that share a managed bridge all ask for it, alike (check sees to that): the first by name stands for all. It
 * may be taken over if any of them says so.
 */
function unique(wanted: readonly AnyWanted[]): AnyWanted[] {
  const byId = new Map<Id, AnyWanted>();
  for (const one of wanted) {
    const first = byId.get(one.id);
    if (first === undefined) byId.set(one.id, one);
    else if (one.adopt && !first.adopt) byId.set(one.id, { ...first, adopt: true });
  }
  return [...byId.values()];
}
