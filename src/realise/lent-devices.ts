import type { HostNetwork, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import type { LinkState } from '../model/host.ts';
import { linkMark } from '../model/mark.ts';
import { allocate } from './allocate.ts';
import { findDevice, matchedMac } from './devices.ts';

interface PoolNetwork {
  network: HostNetwork;
  interfaces: readonly ResolvedInterface[];
}

/** Whose pool a macvtap is of cannot be told. No network is called so. */
const ANY = '';

const NONE: ReadonlyMap<string, LinkState> = new Map();

/**
 * Pool devices that show a guest's MAC, by their own. A passthrough macvtap writes its MAC to its parent, which has its
 * own back only when the macvtap goes (macvlan_set_mac_address and macvlan_port_destroy, drivers/net/macvlan.c), and the
 * kernel tells the own one only of links with a permanent MAC: not of veth, nor of a virtual function with a random one.
 * But what stands was made there: the parent of such a macvtap is a device of its network's pool that no link seems to be.
 */
export function lentDevices(
  host: ResolvedHost,
  networks: readonly PoolNetwork[],
  links: ReadonlyMap<string, LinkState>,
): ReadonlyMap<string, LinkState> {
  const pools = networks.map(({ network }) => ({ name: network.name, ...readPool(host, network, links) }));
  const lost = new Map(pools.map((pool) => [pool.name, pool.lost]));
  const macs = [...new Set([...lost.values()].flat())];
  if (macs.length === 0) return NONE;
  const found = new Set(pools.flatMap((pool) => pool.found));
  const networkOf = new Map(
    networks.flatMap(({ network, interfaces }) => interfaces.map(({ device }) => [device, network.name])),
  );
  const demands = [...links.values()].flatMap((link) => {
    const network = networkOf.get(link.name);
    const { parent } = link;
    if (link.macvtap?.mode !== 'passthru' || parent === null || found.has(parent)) return [];
    if (links.get(parent)?.permanentMac !== null) return [];
    // One of a guest that has left, or that a killed run left, is known to be on some device of ours; a stranger's is not.
    if (network === undefined && linkMark(link).is === 'foreign') return [];
    return [{ key: parent, network: network !== undefined && lost.get(network)?.length ? network : ANY }];
  });
  const entries = (own: readonly string[]) => own.map((device) => ({ device, capacity: 1 }));
  const { assigned } = allocate({
    pools: [...lost.set(ANY, macs)].map(([network, own]) => ({ network, entries: entries(own) })),
    devices: macs.map((device) => ({ device, capacity: 1, strangers: 0, carrier: true })),
    standing: [],
    // Those that could be on any device come last, for what the others leave.
    demands: demands.sort((a, b) => Number(a.network === ANY) - Number(b.network === ANY)),
  });
  return new Map(
    [...assigned].flatMap(([parent, mac]) => {
      const link = links.get(parent);
      return link === undefined ? [] : [[mac, link] as const];
    }),
  );
}

/** Of a pool, the links that are found, and the MACs that no link shows. A passthrough macvtap can be of its past. */
function readPool(
  host: ResolvedHost,
  { entry }: HostNetwork,
  links: ReadonlyMap<string, LinkState>,
): { found: string[]; lost: string[] } {
  const pool = entry.type === 'direct' ? entry.pool : [];
  const found: string[] = [];
  const lost: string[] = [];
  for (const { device } of pool) {
    const one = findDevice(device, host, links);
    if ('link' in one) found.push(one.link.name);
    else {
      const mac = matchedMac(device, host);
      if (mac !== null) lost.push(mac);
    }
  }
  return { found, lost };
}
