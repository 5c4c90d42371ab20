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
 * overlap, all may have room in one arrangement and not in another. By counting alone: a guest takes one seat of these
 * devices at most (an exclusive one all of its device), so seats that are more than guests are left over.
 */
function isCertain(room: HostRoom, network: string, demand: Demand): boolean {
  const pool = room.pools.find((one) => one.network === network);
  if (pool === undefined) return true;
  const own = new Set(pool.entries.map(({ device }) => device));
  const others = room.pools.filter(
    (one) => one !== pool && one.entries.some(({ device }) => own.has(device)),
  );
  // A pool of its own is shared out by nobody else.
  if (others.every((one) => room.inPool(one.network) + (demand.get(one.network) ?? 0) === 0)) return true;
  const seats = pool.entries
    .map(({ device, capacity }) => {
      const whole = room.devices.find((one) => one.device === device)?.capacity ?? null;
      return pool.exclusive ? 1 : Math.min(capacity ?? Infinity, whole ?? Infinity);
    })
    .sort((a, b) => b - a);
  let takers = room.inPool(network) + (demand.get(network) ?? 0);
  let whole = 0;
  for (const one of others) {
    const count = room.inPool(one.network) + (demand.get(one.network) ?? 0);
    if (one.exclusive && !pool.exclusive) whole += count;
    else takers += count;
  }
  return seats.slice(whole).reduce((sum, seat) => sum + seat, 0) >= takers;
}
