import type { HostNetwork, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import type { Presence } from '../desired/resolve.ts';
import type { LinkState } from '../model/host.ts';
import { isDeviceOf, linkMark } from '../model/mark.ts';
import type { PoolUse } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import { isHeld } from '../model/resource.ts';
import type { AllocationInput } from './allocate.ts';
import { allocate, type Demand } from './allocate.ts';
import { type Found, findDevice } from './devices.ts';
import { lentDevices } from './lent-devices.ts';
import { KERNEL_MODES } from './modes.ts';
import { overLimits } from './over-limits.ts';
import type { HostFacts } from './realisation.ts';
import { stanceOf } from './stance.ts';
import { standbyDevices } from './standby-devices.ts';

/** What the pools of all `direct` networks of a host come to. */
export interface PoolAllocation {
  /** The parent's link name, by interface key. */
  devices: ReadonlyMap<string, string>;
  /** How many guests of a network each entry's device has, by network and the reference in the document. */
  uses: ReadonlyMap<string, readonly (Omit<PoolUse, 'device'> & { reference: string })[]>;
  problems: Problem[];
}

interface PoolNetwork {
  network: HostNetwork;
  interfaces: readonly ResolvedInterface[];
}

/**
 * Reads the allocation that stands off the macvtaps (invariant 1), keeps it (invariant 5), and places who is new. All
 * networks of the host at once, for their pools may overlap.
 */
export function allocatePools(
  host: ResolvedHost,
  all: readonly PoolNetwork[],
  facts: HostFacts,
  presence: ReadonlyMap<string, Presence>,
): PoolAllocation {
  const problems: Problem[] = [];
  const lent = lentDevices(host, all, facts.links);
  const networks = all.map((one) => ({
    ...one,
    interfaces: one.interfaces.filter((iface) => stanceOf(iface, presence, facts).counted),
  }));
  const find = (reference: string) => findDevice(reference, host, facts.links, lent);
  const entries = new Map<string, PoolEntry[]>();
  const devices = new Map<string, LinkState>();
  for (const { network } of all) {
    entries.set(network.name, poolEntries(network, find, devices, problems));
  }
  const { standing, waiting } = standingGuests(networks, entries, facts, presence);
  const settled = new Set(standing.map((one) => one.key));
  const demands = networks
    .flatMap(({ network, interfaces }) =>
      interfaces
        .filter((iface) => !settled.has(iface.key))
        .map((iface) => demandOf(iface, network.name, waiting, presence)),
    )
    // A claim takes no place from a guest that git has here.
    .sort((a, b) => Number(a.claimed) - Number(b.claimed));
  const limits = deviceLimits(host, find);
  const leaving = leavingGuests(all, entries, facts);
  const seats = [...standing, ...leaving];
  const others = othersOn(seats, facts);
  const input: AllocationInput = {
    pools: networks.map(({ network }) => ({
      network: network.name,
      exclusive: network.entry.type === 'direct' && network.entry.mode === 'passthrough',
      entries: (entries.get(network.name) ?? []).flatMap(({ link, capacity }) =>
        link === null ? [] : [{ device: link.name, capacity }],
      ),
    })),
    devices: [...devices.values()].map((link) => ({
      device: link.name,
      capacity: limits.get(link.name) ?? null,
      carrier: link.carrier,
      strangers: others.get(link.name)?.taking ?? 0,
      exclusiveTaken: others.get(link.name)?.alone ?? false,
    })),
    standing: seats,
    demands,
  };
  const { assigned, used } = allocate(input);
  const uses = poolUses(networks, entries, assigned, leaving, others);
  problems.push(...overLimits(all, uses, limits));
  const parents = new Map(assigned);
  for (const [key, device] of standbyDevices(all, { entries, used, facts, presence }))
    parents.set(key, device);
  return {
    devices: parents,
    uses,
    problems,
  };
}

/** `link` is null where the device is not on this host. */
interface PoolEntry {
  reference: string;
  link: LinkState | null;
  capacity: number | null;
}

function poolEntries(
  network: HostNetwork,
  find: (reference: string) => Found,
  devices: Map<string, LinkState>,
  problems: Problem[],
): PoolEntry[] {
  if (network.entry.type !== 'direct') return [];
  const { mode, pool } = network.entry;
  const devicesFound = pool.map((entry) => ({ ...entry, found: find(entry.device) }));
  const rest = devicesFound.some(({ found }) => !('missing' in found));
  const seen = new Map<string, string>();
  return devicesFound.flatMap(({ device: reference, maxGuests, found }, i): PoolEntry[] => {
    const source = network.at(['pool', i, 'device']);
    const capacity = mode === 'passthrough' ? 1 : (maxGuests ?? null);
    if ('missing' in found) {
      problems.push({
        code: 'device-missing',
        severity: 'error',
        message: `network ${network.name}: the pool device ${reference} is not on this host: ${found.missing}`,
        source,
        hint: rest
          ? 'guests are placed on the rest of the pool'
          : 'plug it in, or name a device that is here: no other is in the pool',
      });
      return [{ reference, link: null, capacity }];
    }
    const { link } = found;
    const first = seen.get(link.name);
    if (first !== undefined) {
      problems.push({
        code: 'pool-device-twice',
        severity: 'error',
        message: `network ${network.name}: the pool devices ${first} and ${reference} are both ${link.name} on this host; ${reference} counts for nothing`,
        source,
        hint: 'leave one of the two out of the pool',
      });
      return [];
    }
    seen.set(link.name, reference);
    if (!link.up) {
      problems.push({
        code: 'pool-device-down',
        severity: 'warning',
        message: `network ${network.name}: the pool device ${link.name} is down`,
        source,
        hint: `ip link set dev ${link.name} up`,
      });
    }
    devices.set(link.name, link);
    return [{ reference, link, capacity }];
  });
}

/** A place in a pool that is taken by a macvtap that stands. */
interface Seat {
  key: string;
  network: string;
  device: string;
  link: string;
}

/**
 * Guests of these networks whose macvtap stands on a device that is still in the pool. `waiting` are those that have no
 * place there yet, for nobody has their device open: it is down for standby, and now the guest is to come, or it shares
 * a NIC that is to be for one guest alone.
 */
function standingGuests(
  networks: readonly PoolNetwork[],
  entries: ReadonlyMap<string, readonly { link: LinkState | null }[]>,
  facts: HostFacts,
  presence: ReadonlyMap<string, Presence>,
): { standing: Seat[]; waiting: Seat[] } {
  const standing: Seat[] = [];
  const waiting: Seat[] = [];
  for (const { network, interfaces } of networks) {
    const pool = new Set(
      entries.get(network.name)?.flatMap(({ link }) => (link === null ? [] : [link.name])),
    );
    for (const iface of interfaces) {
      const link = facts.links.get(iface.device);
      const parent = link?.macvtap === null ? null : (link?.parent ?? null);
      if (link === undefined || parent === null || !pool.has(parent)) continue;
      // One that is to be taken over stays where it is, too.
      const own = isDeviceOf(link, iface.guest);
      const adopts = iface.adopt || network.entry.adopt === true;
      if (!own && !(adopts && linkMark(link).is === 'foreign')) continue;
      const comes = COMING.has(presence.get(iface.guest)) && !link.up;
      const toCome = own && (comes || isMadeAnewAlone(network, link)) && !isHeldHere(link, facts);
      const seat = { key: iface.key, network: network.name, device: parent, link: link.name };
      (toCome ? waiting : standing).push(seat);
    }
  }
  return { standing, waiting };
}

/** One of several on a NIC that each is to have for itself from now on: its place is another's as well. */
function isMadeAnewAlone({ entry }: HostNetwork, { macvtap }: LinkState): boolean {
  return entry.type === 'direct' && entry.mode === 'passthrough' && macvtap?.mode !== 'passthru';
}

const COMING: ReadonlySet<Presence | undefined> = new Set(['incoming', 'claimed'] as const);

function demandOf(
  iface: ResolvedInterface,
  network: string,
  waiting: readonly Seat[],
  presence: ReadonlyMap<string, Presence>,
): Demand & { claimed: boolean } {
  const key = iface.key;
  const prefer = waiting.find((seat) => seat.key === key)?.device;
  const claimed = presence.get(iface.guest) === 'claimed';
  return { key, network, claimed, ...(prefer !== undefined && { prefer }) };
}

/** Each device's own limit, over all networks, by link name. */
function deviceLimits(host: ResolvedHost, find: (reference: string) => Found): Map<string, number> {
  const limits = new Map<string, number>();
  for (const [name, { maxGuests }] of Object.entries(host.devices)) {
    const found = find(name);
    if (maxGuests === null || 'missing' in found) continue;
    limits.set(found.link.name, Math.min(maxGuests, limits.get(found.link.name) ?? maxGuests));
  }
  return limits;
}

/**
 * Guests that left git but have their macvtap open still: they keep their place in the pool that it is of, as far as
 * that can be told (one network here has the device, in that mode). One that is free goes in this run.
 */
function leavingGuests(
  networks: readonly PoolNetwork[],
  entries: ReadonlyMap<string, readonly { link: LinkState | null }[]>,
  facts: HostFacts,
): Seat[] {
  if (facts.held.size === 0) return [];
  const wanted = new Set(networks.flatMap(({ interfaces }) => interfaces.map((iface) => iface.device)));
  return [...facts.links.values()].flatMap((link) => {
    const { name, parent, macvtap } = link;
    if (macvtap === null || parent === null || wanted.has(name) || !isLeaving(link, facts)) return [];
    const [network, another] = networks.filter(
      ({ network: { name: pool, entry } }) =>
        entry.type === 'direct' &&
        KERNEL_MODES[entry.mode] === macvtap.mode &&
        entries.get(pool)?.some((one) => one.link?.name === parent),
    );
    if (network === undefined || another !== undefined) return [];
    return [{ key: `@${name}`, network: network.network.name, device: parent, link: name }];
  });
}

function isLeaving(link: LinkState, facts: HostFacts): boolean {
  return linkMark(link).is === 'ours' && isHeldHere(link, facts);
}

function isHeldHere(link: LinkState, facts: HostFacts): boolean {
  const held = facts.held.get(link.name);
  return held !== undefined && isHeld(held);
}

/** Macvtaps on a device that have no seat there: of strangers, and of guests that leave with no place that is known. */
interface Others {
  strangers: number;
  /** All that take a place. */
  taking: number;
  /** One of them has the device for itself. */
  alone: boolean;
}

/** By link name. One that is to be taken over has a seat. */
function othersOn(seats: readonly Seat[], facts: HostFacts): ReadonlyMap<string, Others> {
  const seated = new Set(seats.map((seat) => seat.link));
  const devices = new Map<string, Others>();
  for (const link of facts.links.values()) {
    if (link.macvtap === null || link.parent === null || seated.has(link.name)) continue;
    const stranger = linkMark(link).is === 'foreign';
    if (!stranger && !isLeaving(link, facts)) continue;
    const others = devices.get(link.parent) ?? { strangers: 0, taking: 0, alone: false };
    others.taking += 1;
    if (stranger) others.strangers += 1;
    if (link.macvtap.mode === 'passthru') others.alone = true;
    devices.set(link.parent, others);
  }
  return devices;
}

function poolUses(
  networks: readonly PoolNetwork[],
  entries: ReadonlyMap<string, readonly PoolEntry[]>,
  parents: ReadonlyMap<string, string>,
  leaving: readonly Seat[],
  others: ReadonlyMap<string, Others>,
): PoolAllocation['uses'] {
  return new Map(
    networks.map(({ network, interfaces }) => {
      const counts = new Map<string, number>();
      for (const iface of interfaces) {
        const parent = parents.get(iface.key);
        if (parent !== undefined) counts.set(parent, (counts.get(parent) ?? 0) + 1);
      }
      for (const { network: pool, device } of leaving) {
        if (pool === network.name) counts.set(device, (counts.get(device) ?? 0) + 1);
      }
      const uses = (entries.get(network.name) ?? []).map(({ reference, link, capacity }) => ({
        reference,
        link: link?.name ?? null,
        used: counts.get(link?.name ?? '') ?? 0,
        capacity,
        strangers: others.get(link?.name ?? '')?.strangers ?? 0,
      }));
      return [network.name, uses] as const;
    }),
  );
}
