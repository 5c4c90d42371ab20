import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, type Mover } from '../../src/placement/assign.ts';
import { type Demand, HostRoom } from '../../src/placement/room.ts';
import { PlacementView } from '../../src/placement/view.ts';
import { makeFleet } from '../support/fleet.ts';

interface Pools {
  /** By network: devices with the most guests of that network on each. */
  [network: string]: [device: string, maxGuests: number][];
}

/** A host of these pools, with the most guests of all networks on some devices. */
function room(pools: Pools, devices: Record<string, number> = {}): HostRoom {
  const networks = Object.fromEntries(
    Object.entries(pools).map(([network, entries]) => [
      network,
      {
        type: 'direct' as const,
        mode: 'bridge' as const,
        pool: entries.map(([device, maxGuests]) => ({ device, maxGuests })),
      },
    ]),
  );
  const limits = Object.fromEntries(
    Object.entries(devices).map(([name, maxGuests]) => [name, { maxGuests }]),
  );
  const fleet = makeFleet({
    networks: Object.fromEntries(Object.keys(pools).map((name) => [name, {}])),
    hosts: { h: { networks, devices: limits } },
  });
  const host = new PlacementView(fleet, []).hosts.get('h');
  if (host === undefined) throw new Error('no host');
  return new HostRoom(host, []);
}

function mover(kind: number, demand: Record<string, number>, costs: number[]): Mover {
  return { kind, demand: new Map(Object.entries(demand)), costs };
}

describe('assign', () => {
  it('spreads guests over hosts that are alike, and takes one without losses first', () => {
    const sites = [room({ red: [['eth0', 9]] }), room({ red: [['eth0', 9]] }), room({ red: [['eth0', 9]] })];
    const movers = Array.from({ length: 4 }, () => mover(0, { red: 1 }, [0, 2, 0]));
    expect(assign(movers, sites)).toEqual([0, 2, 0, 2]);
  });

  it('leaves room for one that has no other host', () => {
    const sites = [room({ red: [['eth0', 1]] }), room({ red: [['eth0', 1]] })];
    const movers = [mover(0, { red: 1 }, [0, 0]), mover(1, { red: 1 }, [0, -1])];
    expect(assign(movers, sites)).toEqual([1, 0]);
  });

  it('moves others along a chain, where each has a choice', () => {
    // 0 may go to a or b, 1 to a or b or c, and 2 to a or b: greedily c stays empty.
    const sites = [0, 1, 2].map(() => room({ red: [['eth0', 1]] }));
    const movers = [
      mover(0, { red: 1 }, [0, 0, -1]),
      mover(1, { red: 1 }, [0, 0, 3]),
      mover(2, { red: 1 }, [0, 0, -1]),
    ];
    expect(assign(movers, sites)).toEqual([0, 2, 1]);
  });

  it('keeps the interfaces of a guest on one host', () => {
    const sites = [room({ red: [['eth0', 1]], blue: [] }), room({ red: [['eth0', 1]], blue: [['eth1', 1]] })];
    const movers = [mover(0, { red: 1 }, [0, 0]), mover(1, { red: 1, blue: 1 }, [-1, 0])];
    expect(assign(movers, sites)).toEqual([0, 1]);
  });

  it('leaves nothing behind of what it tried', () => {
    const site = room({ red: [['eth0', 1]] });
    expect(assign([mover(0, { red: 2 }, [0])], [site])).toEqual([null]);
    expect(site.guests).toBe(0);
    expect(site.fits(new Map([['red', 1]]))).toBe(true);
  });
});

const pool = fc.uniqueArray(fc.tuple(fc.constantFrom('e0', 'e1'), fc.integer({ min: 1, max: 2 })), {
  selector: ([device]) => device,
  maxLength: 2,
});
const site = fc.record({
  pools: fc.record({ red: pool, blue: pool }),
  devices: fc.record({ e0: fc.integer({ min: 1, max: 3 }), e1: fc.integer({ min: 1, max: 3 }) }),
});

function instance(interfaces: number): fc.Arbitrary<{ movers: Mover[]; sites: () => HostRoom[] }> {
  const demand = fc
    .array(fc.constantFrom('red', 'blue'), { minLength: 1, maxLength: interfaces })
    .map((networks): Demand => new Map(['red', 'blue'].flatMap((one) => counted(one, networks))));
  return fc.integer({ min: 1, max: 3 }).chain((count) =>
    fc
      .record({
        sites: fc.array(site, { minLength: count, maxLength: count }),
        movers: fc.array(
          fc.record({
            demand,
            costs: fc.array(fc.constantFrom(-1, 0, 0, 2), { minLength: count, maxLength: count }),
          }),
          { maxLength: 6 },
        ),
      })
      .map(({ sites, movers }) => ({
        sites: () => sites.map(({ pools, devices }) => room(pools, devices)),
        movers: movers.map((one, kind) => ({ kind, ...one })),
      })),
  );
}

function counted(network: string, networks: readonly string[]): [string, number][] {
  const count = networks.filter((one) => one === network).length;
  return count === 0 ? [] : [[network, count]];
}

/** The most that can be placed, by trying all there is. */
function mostPlaced(movers: readonly Mover[], sites: readonly HostRoom[]): number {
  const from = (at: number): number => {
    const one = movers[at];
    if (one === undefined) return 0;
    let best = from(at + 1);
    for (const [index, there] of sites.entries()) {
      if ((one.costs[index] ?? -1) < 0 || !there.fits(one.demand)) continue;
      there.add(one.demand);
      best = Math.max(best, 1 + from(at + 1));
      there.remove(one.demand);
    }
    return best;
  };
  return from(0);
}

describe.each([1, 3])('assign, guests of at most %i interfaces', (interfaces) => {
  it('places as many as trying all would, within all room, the same each time', () => {
    fc.assert(
      fc.property(instance(interfaces), ({ movers, sites }) => {
        const filled = sites();
        const assignment = assign(movers, filled);
        expect(assign(movers, sites())).toEqual(assignment);
        const empty = sites();
        for (const [index, goal] of assignment.entries()) {
          if (goal === null) continue;
          const { demand, costs } = movers[index] ?? { demand: new Map(), costs: [] };
          expect(costs[goal]).toBeGreaterThanOrEqual(0);
          expect(empty[goal]?.fits(demand)).toBe(true);
          empty[goal]?.add(demand);
        }
        expect(filled.map(({ guests }) => guests)).toEqual(empty.map(({ guests }) => guests));
        expect(assignment.filter((goal) => goal !== null).length).toBe(mostPlaced(movers, sites()));
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
