import { BRIDGE_PORTS_MAX } from '../check/bridges-hold.ts';
import type { ResolvedGuest, ResolvedHost } from '../desired/fleet.ts';
import { allocate, type Pool } from '../realise/allocate.ts';
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

/** The guest asks last, so it is its own interfaces that find no place. */
function shortPools(view: PlacementView, guest: ResolvedGuest, host: ResolvedHost, room: HostRoom): Reason[] {
  const there = view.on(host.name).filter(({ standby }) => !standby);
  const demands = [...there.map(({ iface }) => iface), ...guest.interfaces].map(({ network }, index) => ({
    key: String(index),
    network,
  }));
  const before = demands.length - guest.interfaces.length;
  const asked = demands.filter(({ network }) => host.networks.get(network)?.entry.type === 'direct');
  const input = { pools: room.pools, devices: room.devices, standing: [], demands: asked };
  const { unplaced, used, assigned } = allocate(input);
  const networks = new Set(
    unplaced.filter((key) => Number(key) >= before).map((key) => demands[Number(key)]?.network),
  );
  return room.pools.flatMap((pool) => {
    if (!networks.has(pool.network)) return [];
    const onEntry = (device: string) =>
      asked.filter(({ key, network }) => network === pool.network && assigned.get(key) === device).length;
    return [shortPool(pool, host, room, used, onEntry)];
  });
}

function shortPool(
  pool: Pool,
  host: ResolvedHost,
  { devices }: HostRoom,
  used: ReadonlyMap<string, number>,
  onEntry: (device: string) => number,
): Reason {
  const { network } = pool;
  const entry = host.networks.get(network)?.entry;
  const names = entry?.type === 'direct' ? entry.pool.map(({ device }) => device) : [];
  if (pool.exclusive) {
    return reason(
      'exclusive-full',
      network,
      `each device of ${network} takes one guest alone, and none is free: ${names.join(', ')}`,
    );
  }
  const counts = pool.entries.map(({ device, capacity }, index) => {
    const whole = devices.find((one) => one.device === device)?.capacity ?? null;
    const name = names[index] ?? device;
    // The limit that is reached: of the entry for this network, else of the device for all networks.
    if (capacity !== null && onEntry(device) >= capacity)
      return { text: `${name} ${capacity} of ${capacity}`, own: true };
    const taken = used.get(device) ?? 0;
    return { text: `${name} ${taken}${whole === null ? '' : ` of ${whole}`}`, own: false };
  });
  const texts = counts.map(({ text }) => text).join(', ');
  return counts.every(({ own }) => own)
    ? reason('pool-full', network, `the pool of ${network} is full: ${texts}`)
    : reason(
        'device-full',
        network,
        `the devices of ${network} are full, guests of all networks counted: ${texts}`,
      );
}
