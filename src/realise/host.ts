import type { RealisationOf, RealisationType } from '../desired/documents.ts';
import type { Fleet, HostNetwork, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { guestsOn, type Presence, presenceOn } from '../desired/resolve.ts';
import type { Serving } from '../desired/serving.ts';
import { servingsOf } from '../desired/servings.ts';
import { compareText } from '../model/order.ts';
import type { NetworkSummary } from '../model/plan.ts';
import { SANDBOX_SKIPPED } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Id, RefusedUplink } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { realiseBridge } from './bridge.ts';
import { realiseDirect } from './direct.ts';
import { goneProblems } from './gone.ts';
import { realiseLibvirt } from './libvirt-host.ts';
import { realiseOpenvswitch } from './openvswitch.ts';
import { allocatePools } from './pools.ts';
import type { HostFacts, Realise, Realised } from './realisation.ts';
import { servedWords, servingIds, servingSummary } from './serve.ts';
import { serveHost } from './serve-host.ts';
import { unique } from './unique.ts';
import { realiseVirtual } from './virtual.ts';

/** All that should stand on one host, and what could not be decided. */
export interface RealisedHost {
  wanted: AnyWanted[];
  problems: Problem[];
  unplanned: Set<Id>;
  /** Left out for none. */
  refused?: RefusedUplink[];
  networks: NetworkSummary[];
  /** Guests that are placed here. */
  guests: number;
}

interface Placed {
  network: HostNetwork;
  interfaces: ResolvedInterface[];
  serving: Serving | null;
  presence: ReadonlyMap<string, Presence>;
}

/** `skipped` networks are left alone, each for the reason that it names (a sandbox without Open vSwitch). */
export function realiseHost(
  fleet: Fleet,
  host: ResolvedHost,
  facts: HostFacts,
  skipped: ReadonlyMap<string, string>,
): RealisedHost {
  const guests = guestsOn(fleet, host.name);
  const presence = new Map(guests.map((guest) => [guest.name, presenceOn(guest, host.name) ?? 'placed']));
  const byNetwork = groupByNetwork(guests.flatMap((guest) => guest.interfaces));
  const servings = new Map(servingsOf(fleet, host).map((serving) => [serving.network, serving]));
  const placed = [...host.networks.values()].map((network) => ({
    network,
    interfaces: byNetwork.get(network.name) ?? [],
    serving: servings.get(network.name) ?? null,
    presence,
  }));
  const result: RealisedHost = {
    wanted: [],
    problems: [],
    unplanned: new Set(),
    networks: [],
    guests: guests.filter(({ name }) => presence.get(name) !== 'standby').length,
  };
  const active = placed.filter((one) => !skipped.has(one.network.name));
  for (const one of placed) {
    const why = skipped.get(one.network.name);
    if (why !== undefined) skip(result, one, why);
  }
  const realise = realisers(host, active, facts, presence, result);
  for (const one of active) add(result, realise(one), one.serving);
  addServing(result, host, active, facts);
  addLibvirt(result, host, active, facts);
  result.problems.push(...goneProblems(guests, presence, facts));
  result.wanted = unique(result.wanted, result.problems);
  for (const network of result.networks) {
    const serving = servings.get(network.name);
    if (serving !== undefined) network.serving = servingSummary(serving, result.wanted);
  }
  return result;
}

function realisers(
  host: ResolvedHost,
  placed: readonly Placed[],
  facts: HostFacts,
  presence: ReadonlyMap<string, Presence>,
  result: RealisedHost,
): (one: Placed) => Realised {
  const direct = placed.filter(({ network }) => network.entry.type === 'direct');
  const allocation = allocatePools(host, direct, facts, presence);
  result.problems.push(...allocation.problems);
  const byType: { [T in RealisationType]: Realise<T> } = {
    bridge: realiseBridge,
    direct: realiseDirect(allocation),
    openvswitch: realiseOpenvswitch,
    virtual: realiseVirtual,
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
      case 'virtual':
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
  for (const group of groups.values()) group.sort((a, b) => compareText(a.key, b.key));
  return groups;
}

function add(result: RealisedHost, part: Realised, serving: Serving | null): void {
  result.wanted.push(...part.wanted);
  result.problems.push(...part.problems);
  const { realisation } = part.summary;
  const served = serving === null ? '' : servedWords(serving);
  result.networks.push({ ...part.summary, realisation: realisation + served });
  for (const id of part.unplanned) result.unplanned.add(id);
  if (part.refused !== undefined) result.refused = [...(result.refused ?? []), ...part.refused];
}

/** What the networks have in common is decided for all of them at once: forwarding, and the rules that go with it. */
function addServing(
  result: RealisedHost,
  host: ResolvedHost,
  placed: readonly Placed[],
  facts: HostFacts,
): void {
  const inputs = placed.flatMap(({ serving, ...one }) =>
    serving === null ? [] : [{ host, entry: one.network.entry, facts, serving, ...one }],
  );
  if (inputs.length === 0) return;
  const served = serveHost(inputs, facts);
  result.wanted.push(...served.wanted);
  result.problems.push(...served.problems);
  for (const id of served.unplanned) result.unplanned.add(id);
}

/** What guests that git does not know find of the host's networks, in its libvirt. */
function addLibvirt(
  result: RealisedHost,
  host: ResolvedHost,
  placed: readonly Placed[],
  facts: HostFacts,
): void {
  const networks = placed.map(({ network }) => network);
  const libvirt = realiseLibvirt(host, networks, facts);
  result.wanted.push(...libvirt.wanted);
  result.problems.push(...libvirt.problems);
  for (const id of libvirt.unplanned) result.unplanned.add(id);
}

function skip(result: RealisedHost, { network, interfaces, serving }: Placed, why: string): void {
  result.problems.push({
    code: SANDBOX_SKIPPED,
    severity: 'warning',
    message: `network ${network.name} is skipped here: ${why}`,
    source: network.at([]),
  });
  for (const { device } of interfaces) {
    result.unplanned.add(idOf('link', device));
    result.unplanned.add(idOf('ovs-port', device));
  }
  for (const id of serving === null ? [] : servingIds(serving)) result.unplanned.add(id);
}
