import { PoolFlow } from './flow.ts';

export interface Pool {
  network: string;
  /** In pool order. `capacity` counts this network's guests on this device; null for no limit. */
  entries: readonly { device: string; capacity: number | null }[];
  /** A guest must have its device for itself (passthrough): one for each entry, and nothing beside it. */
  exclusive?: boolean;
}

export interface PoolDevice {
  device: string;
  /** Guests of all networks together; null for no limit. */
  capacity: number | null;
  /** Devices of others on it. */
  strangers: number;
  carrier: boolean;
  /** A stranger has the device for itself. */
  exclusiveTaken?: boolean;
}

/** A guest's interface that has its device already, and stays. */
export interface Standing {
  key: string;
  network: string;
  device: string;
}

export interface AllocationInput {
  pools: readonly Pool[];
  devices: readonly PoolDevice[];
  standing: readonly Standing[];
  demands: readonly Demand[];
}

export interface Demand {
  key: string;
  network: string;
  /** The device that it had without a place there, and keeps if there is room. */
  prefer?: string;
}

export interface Allocation {
  /** The device of each standing and each placed demand, by key. */
  assigned: Map<string, string>;
  /** Demands for which there is no room, in their order. */
  unplaced: string[];
  /** Guests and strangers on each device, by device. */
  used: Map<string, number>;
}

interface Candidate {
  entry: number;
  device: number;
  carrier: boolean;
  rank: number;
}

/**
 * Allocates pools (invariant 5): what stands stays, even above a capacity that was lowered. Each demand, in the given
 * order, goes to the device with a carrier, then to that with the fewest guests, then to the first in the pool; but
 * never so that a later demand finds no room that it could have had. Pools of several networks may overlap, so this is
 * a flow from networks over their entries to devices: as many demands as possible are placed, the earlier ones first.
 *
 * Entries whose device is not among `devices` (a link that is missing) take nothing. Pure and deterministic.
 */
export function allocate(input: AllocationInput): Allocation {
  const { pools, devices, standing } = input;
  const deviceIndex = new Map(devices.map(({ device }, index) => [device, index]));
  const poolIndex = new Map(pools.map(({ network }, index) => [network, index]));
  const used = devices.map(({ strangers }) => strangers);
  const assigned = new Map<string, string>();

  const onEntry = pools.map((pool) => pool.entries.map(() => 0));
  const alone = devices.map(({ exclusiveTaken }) => exclusiveTaken === true);
  for (const { key, network, device } of standing) {
    assigned.set(key, device);
    const at = deviceIndex.get(device);
    if (at === undefined) continue;
    used[at] = (used[at] ?? 0) + 1;
    const pool = poolIndex.get(network) ?? -1;
    if (pools[pool]?.exclusive) alone[at] = true;
    const entry = pools[pool]?.entries.findIndex((one) => one.device === device) ?? -1;
    const counts = onEntry[pool];
    if (counts && entry >= 0) counts[entry] = (counts[entry] ?? 0) + 1;
  }

  const demands = input.demands.filter(({ key }) => !assigned.has(key));
  const need = pools.map(() => 0);
  for (const { network } of demands) {
    const pool = poolIndex.get(network);
    if (pool !== undefined) need[pool] = (need[pool] ?? 0) + 1;
  }
  const room = devices.map(({ capacity }, at) =>
    alone[at] ? 0 : Math.max(0, (capacity ?? Number.POSITIVE_INFINITY) - (used[at] ?? 0)),
  );
  const shape = {
    need,
    room,
    entries: pools.map((pool, p) =>
      pool.entries.map(({ device, capacity }, e) => {
        const limit = pool.exclusive ? 1 : (capacity ?? Number.POSITIVE_INFINITY);
        return { device: deviceIndex.get(device) ?? -1, room: Math.max(0, limit - (onEntry[p]?.[e] ?? 0)) };
      }),
    ),
  };
  closeExclusives(pools, shape, used);

  const flow = new PoolFlow(shape);
  const candidates: Candidate[][] = shape.entries.map((entries) =>
    entries.flatMap(({ device }, entry) =>
      device < 0 ? [] : [{ entry, device, carrier: devices[device]?.carrier ?? false, rank: entry }],
    ),
  );
  const unplaced: string[] = [];
  for (const { key, network, prefer } of demands) {
    const pool = poolIndex.get(network) ?? -1;
    const preferred = prefer === undefined ? -1 : (deviceIndex.get(prefer) ?? -1);
    const order = [...(candidates[pool] ?? [])].sort(
      (a, b) =>
        Number(b.device === preferred) - Number(a.device === preferred) ||
        Number(b.carrier) - Number(a.carrier) ||
        (used[a.device] ?? 0) - (used[b.device] ?? 0) ||
        a.rank - b.rank,
    );
    const chosen = order.find(({ entry }) => flow.take(pool, entry));
    const device = chosen && devices[chosen.device];
    if (chosen === undefined || device === undefined) {
      flow.drop(pool);
      unplaced.push(key);
      continue;
    }
    used[chosen.device] = (used[chosen.device] ?? 0) + 1;
    assigned.set(key, device.device);
  }
  return { assigned, unplaced, used: new Map(devices.map(({ device }, at) => [device, used[at] ?? 0])) };
}

/**
 * How many guests the pools hold at once, `need` by pool, where nobody stands yet: as many as `allocate` would place,
 * without saying which goes where.
 */
export function placeable(
  pools: readonly Pool[],
  devices: readonly PoolDevice[],
  need: readonly number[],
): number {
  const deviceIndex = new Map(devices.map(({ device }, index) => [device, index]));
  const shape = {
    need: [...need],
    room: devices.map(({ capacity, strangers, exclusiveTaken }) =>
      exclusiveTaken === true ? 0 : Math.max(0, (capacity ?? Number.POSITIVE_INFINITY) - strangers),
    ),
    entries: pools.map((pool) =>
      pool.entries.map(({ device, capacity }) => ({
        device: deviceIndex.get(device) ?? -1,
        room: pool.exclusive ? 1 : (capacity ?? Number.POSITIVE_INFINITY),
      })),
    ),
  };
  closeExclusives(
    pools,
    shape,
    devices.map(({ strangers }) => strangers),
  );
  return new PoolFlow(shape).total;
}

/** As a flow's, but open to decisions. */
interface Shape {
  need: number[];
  room: number[];
  entries: { device: number; room: number }[][];
}

/** Devices for which every choice is tried; beyond, they are decided one by one. */
const TRIED_TOGETHER = 8;

/**
 * Turns "alone on its device" into plain capacities. A device in use has no room for an exclusive guest. One that only
 * exclusive pools name has room for one. A free one that both kinds name must be decided for one or the other, which no
 * flow can do: the choice that places most guests is taken, and on a tie that which leaves the device to many.
 */
function closeExclusives(pools: readonly Pool[], shape: Shape, used: readonly number[]): void {
  const named = (device: number, exclusive: boolean): boolean =>
    pools.some(
      (pool, p) =>
        (pool.exclusive ?? false) === exclusive && shape.entries[p]?.some((e) => e.device === device),
    );
  const mixed: number[] = [];
  for (const device of shape.room.keys()) {
    if (!named(device, true)) continue;
    if ((used[device] ?? 0) > 0) decide(pools, shape, device, false);
    else if (!named(device, false)) decide(pools, shape, device, true);
    else mixed.push(device);
  }

  const placed = (choices: readonly boolean[], from: number): number => {
    const trial: Shape = {
      need: [...shape.need],
      room: [...shape.room],
      entries: shape.entries.map((es) => es.map((e) => ({ ...e }))),
    };
    for (const [i, exclusive] of choices.entries()) decide(pools, trial, mixed[from + i] ?? -1, exclusive);
    return new PoolFlow(trial).total;
  };
  for (let from = 0; from < mixed.length; from += TRIED_TOGETHER) {
    const count = Math.min(TRIED_TOGETHER, mixed.length - from);
    let best: { choices: boolean[]; placed: number } | null = null;
    for (let mask = 0; mask < 1 << count; mask++) {
      const choices = Array.from({ length: count }, (_, i) => ((mask >> i) & 1) === 1);
      const score = placed(choices, from);
      if (best === null || score > best.placed) best = { choices, placed: score };
    }
    for (const [i, exclusive] of (best?.choices ?? []).entries())
      decide(pools, shape, mixed[from + i] ?? -1, exclusive);
  }
}

function decide(pools: readonly Pool[], shape: Shape, device: number, exclusive: boolean): void {
  for (const [p, entries] of shape.entries.entries()) {
    if ((pools[p]?.exclusive ?? false) === exclusive) continue;
    for (const entry of entries) if (entry.device === device) entry.room = 0;
  }
  if (exclusive) shape.room[device] = Math.min(1, shape.room[device] ?? 0);
}
