import type { Pool } from '../realise/allocate.ts';
import { type Reason, reason } from './reason.ts';
import { type Demand, demandOf, type HostRoom } from './room.ts';

/** What documents leave open of the room of a guest that is counted there. */
export function arrangementReasons(
  room: HostRoom,
  guest: { interfaces: readonly { network: string }[] },
  more: Demand = new Map(),
): Reason[] {
  return [...demandOf(guest.interfaces).keys()]
    .filter((network) => !isCertain(room, network, more))
    .map((network) =>
      reason(
        'pool-by-arrangement',
        network,
        `${network} has room only if its pool and those beside it are shared out as documents would have it; what stands there stays where it is`,
      ),
    );
}

/**
 * Whether a pool has a place for all that a guest asks of a network, however those who are there already were shared
 * out. Documents do not know on which device a guest stands, and what stands stays: where pools of two networks
 * overlap, all may have room in one arrangement and not in another. What this calls certain is; of the rest, some are.
 */
function isCertain(room: HostRoom, network: string, demand: Demand): boolean {
  const pool = room.pools.find((one) => one.network === network);
  if (pool === undefined) return true;
  const guests = (one: Pool) => room.inPool(one.network) + (demand.get(one.network) ?? 0);
  const own = new Set(pool.entries.map(({ device }) => device));
  const others = room.pools.filter(
    (one) => one !== pool && guests(one) > 0 && one.entries.some(({ device }) => own.has(device)),
  );
  // A pool of its own is shared out by nobody else.
  if (others.length === 0) return true;
  const contest = contestOf(room, pool, others);
  const strangers = others.reduce((sum, one) => sum + guests(one), 0);
  const exclusive = pool.exclusive === true || others.some((one) => one.exclusive === true);
  if (exclusive || contest.length > TRIED_MOST)
    return byCounting(contest, guests(pool), strangers, pool, others);
  // The last of them asks when all others are there.
  return !canBeShut(contest, guests(pool) - 1, strangers);
}

/** Devices up to which each way of shutting a pool is looked at. */
const TRIED_MOST = 8;

/** One device of the pool that others have too. */
interface Contested {
  /** Guests of this network that the entry takes. */
  own: number;
  /** Guests of all networks that the device takes. */
  whole: number;
  /** Guests of other networks that their entries take on it. */
  others: number;
}

function contestOf(room: HostRoom, pool: Pool, others: readonly Pool[]): Contested[] {
  return pool.entries.map(({ device, capacity }) => ({
    own: capacity ?? Number.POSITIVE_INFINITY,
    whole: room.devices.find((one) => one.device === device)?.capacity ?? Number.POSITIVE_INFINITY,
    others: others
      .flatMap(({ entries }) => entries.filter((one) => one.device === device))
      .reduce((sum, one) => sum + (one.capacity ?? Number.POSITIVE_INFINITY), 0),
  }));
}

/**
 * Whether so many guests could stand so that no device takes one more of this network: each is shut by its own entry
 * or by being full. Every choice of which is shut how is held against what it takes at least.
 */
function canBeShut(contest: readonly Contested[], guests: number, strangers: number): boolean {
  for (let mask = 0; mask < 1 << contest.length; mask++) {
    let byOwn = 0;
    let atLeast = 0;
    let full = 0;
    for (const [index, { own, whole, others }] of contest.entries()) {
      if ((mask >> index) & 1) byOwn += own;
      else {
        full += whole;
        atLeast += Math.max(0, whole - Math.min(others, strangers));
      }
    }
    const left = guests - byOwn;
    if (left >= 0 && atLeast <= left && full <= left + strangers) return true;
  }
  return false;
}

/** A guest takes one seat of these devices at most, an exclusive one all of its device: what is more is left over. */
function byCounting(
  contest: readonly Contested[],
  guests: number,
  strangers: number,
  pool: Pool,
  others: readonly Pool[],
): boolean {
  const seats = contest
    .map(({ own, whole }) => (pool.exclusive ? 1 : Math.min(own, whole)))
    .sort((a, b) => b - a);
  const takesWhole = pool.exclusive !== true && others.some((one) => one.exclusive === true);
  // Any of the strangers may be exclusive: each of them costs a device, the largest first.
  if (takesWhole) return seats.slice(strangers).reduce((sum, seat) => sum + seat, 0) >= guests;
  return seats.reduce((sum, seat) => sum + seat, 0) >= guests + strangers;
}
