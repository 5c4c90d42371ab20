import { BRIDGE_PORTS_MAX, bridgesOf } from '../check/bridges-hold.ts';
import type { Attachment } from '../check/context.ts';
import { poolsOf } from '../check/pools-hold.ts';
import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import { type Pool, type PoolDevice, placeable } from '../realise/allocate.ts';

/** How many interfaces a guest has on each network: all that its room depends on. */
export type Demand = ReadonlyMap<string, number>;

export function demandOf(interfaces: readonly { network: string }[]): Demand {
  const demand = new Map<string, number>();
  for (const { network } of interfaces) demand.set(network, (demand.get(network) ?? 0) + 1);
  return demand;
}

/** Where the interfaces on a network take room. */
type Seat = { is: 'pool'; index: number } | { is: 'bridge'; index: number };

interface BridgeRoom {
  name: string;
  /** Ports that are taken, by guests and uplinks. */
  ports: number;
}

/**
 * The room of one host, by its documents alone, as `pools-hold` and `bridges-hold` of check count it: every device is
 * there, and only guests that git places there or moves there are on it.
 */
export class HostRoom {
  readonly pools: readonly Pool[];
  readonly devices: readonly PoolDevice[];
  /** Guests' interfaces on each pool, by index. */
  readonly #need: number[];
  readonly #bridges: BridgeRoom[] = [];
  readonly #seats = new Map<string, Seat>();
  /** Answers of `fits`, by what is asked, until the next guest comes or goes. */
  #known = new Map<string, boolean>();
  #guests: number;

  constructor(host: ResolvedHost, there: readonly Attachment[]) {
    const { pools, devices } = poolsOf(host);
    this.pools = pools;
    this.devices = devices;
    this.#need = pools.map(() => 0);
    for (const [index, { network }] of pools.entries()) this.#seats.set(network, { is: 'pool', index });
    for (const [name, { uplinks }] of bridgesOf(host)) {
      const index = this.#bridges.push({ name, ports: uplinks.size }) - 1;
      for (const network of host.networks.values()) {
        if (isOnBridge(network, name)) this.#seats.set(network.name, { is: 'bridge', index });
      }
    }
    const counted = there.filter(({ standby }) => !standby);
    this.#change(demandOf(counted.map(({ iface }) => iface)), 1);
    // A device that stands by takes no place in a pool, but a port of its bridge.
    this.#change(demandOf(there.filter(({ standby }) => standby).map(({ iface }) => iface)), 1, 'bridge');
    this.#guests = new Set(counted.map(({ guest }) => guest)).size;
  }

  /** How many guests are there. */
  get guests(): number {
    return this.#guests;
  }

  /** How many interfaces are in the pool of a network. */
  inPool(network: string): number {
    const seat = this.#seats.get(network);
    return seat?.is === 'pool' ? (this.#need[seat.index] ?? 0) : 0;
  }

  /** Whether a guest with this demand has room beside all that are there. */
  fits(demand: Demand): boolean {
    const key = [...demand].flat().join(' ');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#change(demand, 1);
    const fits = this.#holds();
    this.#change(demand, -1);
    this.#known.set(key, fits);
    return fits;
  }

  /** The bridges that have no port for one more guest with this demand. */
  fullBridges(demand: Demand): string[] {
    this.#change(demand, 1);
    const asked = new Set([...demand.keys()].flatMap((network) => this.#seats.get(network) ?? []));
    const full = this.#bridges.filter(
      ({ ports }, index) =>
        ports > BRIDGE_PORTS_MAX && [...asked].some((seat) => seat.is === 'bridge' && seat.index === index),
    );
    this.#change(demand, -1);
    return full.map(({ name }) => name);
  }

  /** A guest comes, whether there is room or not. */
  add(demand: Demand): void {
    this.#change(demand, 1);
    this.#guests += 1;
    this.#known = new Map();
  }

  remove(demand: Demand): void {
    this.#change(demand, -1);
    this.#guests -= 1;
    this.#known = new Map();
  }

  #holds(): boolean {
    if (this.#bridges.some(({ ports }) => ports > BRIDGE_PORTS_MAX)) return false;
    const wanted = this.#need.reduce((sum, need) => sum + need, 0);
    return wanted === 0 || placeable(this.pools, this.devices, this.#need) === wanted;
  }

  #change(demand: Demand, sign: 1 | -1, only: Seat['is'] | null = null): void {
    for (const [network, count] of demand) {
      const seat = this.#seats.get(network);
      if (only !== null && seat?.is !== only) continue;
      if (seat?.is === 'pool') this.#need[seat.index] = (this.#need[seat.index] ?? 0) + sign * count;
      const bridge = seat?.is === 'bridge' ? this.#bridges[seat.index] : undefined;
      if (bridge !== undefined) bridge.ports += sign * count;
    }
  }
}

function isOnBridge({ entry }: HostNetwork, bridge: string): boolean {
  return entry.type === 'bridge' && entry.bridge === bridge;
}
