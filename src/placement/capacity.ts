import { BRIDGE_PORTS_MAX } from '../check/bridges-hold.ts';
import type { ResolvedGuest, ResolvedHost } from '../desired/fleet.ts';
import { allocate, type Pool, type Standing } from '../realise/allocate.ts';
import { arrangementReasons } from './arrangement.ts';
import { type Reason, reason } from './reason.ts';
import { demandOf, type HostRoom } from './room.ts';
import type { PlacementView } from './view.ts';

/** Whether a host that the guest is not on has room for it; nothing where it has. */
export function capacityReasons(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost): Reason[] {
  const room = view.room(host);
  const demand = demandOf(guest.interfaces);
  if (room.fits(demand)) return arrangementReasons(room, guest, demand);
  const bridges = room
    .fullBridges(demand)
    .map((bridge) =>
      reason(
        'bridge-full',
        bridge,
        `the bridge ${bridge} has no port left: a Linux bridge takes ${BRIDGE_PORTS_MAX}`,
      ),
    );
  return [...shortPools(view, guest, host, room), ...bridges];
}

/** Those who are there are given their places first, so that it is the guest's own interfaces that find none. */
function shortPools(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost, room: HostRoom): Reason[] {
  const there = view.on(host.name).flatMap(({ iface, standby }) => (standby ? [] : [iface]));
  const { pools, devices } = room;
  const before = allocate({ pools, devices, standing: [], demands: demandsOf(there, host, 'there') });
  const standing = demandsOf(there, host, 'there').flatMap(({ key, network }) => {
    const device = before.assigned.get(key);
    return device === undefined ? [] : [{ key, network, device }];
  });
  const asked = demandsOf(guest.interfaces, host, 'own');
  const unplaced = new Set(allocate({ pools, devices, standing, demands: asked }).unplaced);
  const short = new Set(asked.filter(({ key }) => unplaced.has(key)).map(({ network }) => network));
  return pools
    .filter(({ network }) => short.has(network))
    .map((pool) => {
      const need = asked.filter(({ network }) => network === pool.network).length;
      return shortPool({ pool, need, host, room, standing, used: before.used });
    });
}

function demandsOf(
  interfaces: readonly { network: string }[],
  host: ResolvedHost,
  whose: string,
): { key: string; network: string }[] {
  return interfaces.flatMap(({ network }, index) =>
    host.networks.get(network)?.entry.type === 'direct' ? [{ key: `${whose} ${index}`, network }] : [],
  );
}

interface Shortage {
  pool: Pool;
  /** Interfaces that the guest has on its network. */
  need: number;
  host: ResolvedHost;
  room: HostRoom;
  standing: readonly Standing[];
  /** Guests on each device, of all networks. */
  used: ReadonlyMap<string, number>;
}

function shortPool({ pool, need, host, room, standing, used }: Shortage): Reason {
  const { network } = pool;
  const entry = host.networks.get(network)?.entry;
  const names = entry?.type === 'direct' ? entry.pool.map(({ device }) => device) : [];
  const more = need === 1 ? '' : ` for ${need} more`;
  if (pool.exclusive) {
    const message = `each device of ${network} takes one guest alone, and there is none free${more}: ${names.join(', ')}`;
    return reason('exclusive-full', network, message);
  }
  const seats = pool.entries.reduce((sum, { capacity }) => sum + (capacity ?? Number.POSITIVE_INFINITY), 0);
  const full = need === 1 ? 'is full' : `has no room${more}`;
  if (seats - room.inPool(network) < need) {
    const counts = pool.entries.map(({ device, capacity }, index) => {
      const taken = standing.filter((one) => one.network === network && one.device === device).length;
      return `${names[index]} ${taken} of ${capacity}`;
    });
    return reason('pool-full', network, `the pool of ${network} ${full}: ${counts.join(', ')}`);
  }
  const alone = new Set(
    standing
      .filter((one) =>
        room.pools.some(({ network, exclusive }) => exclusive === true && network === one.network),
      )
      .map(({ device }) => device),
  );
  const counts = pool.entries.map(({ device }, index) => {
    if (alone.has(device)) return `${names[index]} is one guest's alone`;
    const most = room.devices.find((one) => one.device === device)?.capacity ?? null;
    return `${names[index]} ${used.get(device) ?? 0}${most === null ? '' : ` of ${most}`}`;
  });
  const message = `the pool of ${network} ${full}, guests of all networks counted: ${counts.join(', ')}`;
  return reason('device-full', network, message);
}
