import { deviceCapacity, deviceIdentity } from '../desired/devices.ts';
import type { ResolvedHost } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import { allocate, type Pool, type PoolDevice } from '../realise/allocate.ts';
import type { Attachment, CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** The pools of a host hold the guests that are placed there, those that migrate to it included. */
export function poolsHold({ hosts, attachments }: CheckContext): Problem[] {
  return [...attachments].flatMap(([name, there]) => {
    const host = hosts.get(name);
    const counted = there.filter(({ standby }) => !standby);
    return host === undefined ? [] : shortages(host, counted);
  });
}

function shortages(host: ResolvedHost, there: readonly Attachment[]): Problem[] {
  const { pools, devices } = poolsOf(host);
  if (pools.length === 0) return [];
  const { unplaced } = allocate({
    pools,
    devices,
    standing: [],
    demands: there.flatMap(({ network }, index) =>
      network?.entry.type === 'direct' ? [{ key: String(index), network: network.name }] : [],
    ),
  });
  const left = unplaced.flatMap((key) => there[Number(key)] ?? []);
  return pools.flatMap(({ network }) => {
    const guests = left
      .filter(({ iface }) => iface.network === network)
      .map(({ iface }) => `${iface.guest} ${iface.name}`);
    const entry = host.networks.get(network);
    if (guests.length === 0 || entry === undefined) return [];
    const placed = there.filter(({ iface }) => iface.network === network).length;
    return [
      errorAt(
        entry.document,
        ['spec', 'networks', network, 'pool'],
        {
          code: 'pool-too-small',
          message: `the pool of ${network} on ${host.name} is too small for its guests`,
          found: `${placed} interfaces, of which ${guests.length} ${guests.length === 1 ? 'finds' : 'find'} no place: ${guests.slice(0, 3).join(', ')}${guests.length > 3 ? ' …' : ''}`,
          expected: `room for ${placed}, within each entry's and each device's maxGuests`,
          hint: 'add a device to the pool, raise maxGuests, or place guests elsewhere',
        },
        [host.document],
      ),
    ];
  });
}

/**
 * The pools of a host, and every device as if it were there, up, and used by nobody else: what the documents alone can
 * promise.
 */
export function poolsOf(host: ResolvedHost): { pools: Pool[]; devices: PoolDevice[] } {
  const pools = [...host.networks.values()].flatMap(({ name, entry }) => {
    if (entry.type !== 'direct') return [];
    const exclusive = entry.mode === 'passthrough';
    const entries = entry.pool.map(({ device, maxGuests }) => ({
      device: deviceIdentity(host, device),
      capacity: exclusive ? 1 : (maxGuests ?? null),
    }));
    return [{ network: name, exclusive, entries }];
  });
  const identities = new Set(pools.flatMap(({ entries }) => entries.map(({ device }) => device)));
  const devices = [...identities].map((device) => ({
    device,
    capacity: deviceCapacity(host, device),
    strangers: 0,
    carrier: true,
  }));
  return { pools, devices };
}
