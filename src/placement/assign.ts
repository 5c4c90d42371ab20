import { augment } from './augment.ts';
import type { Demand } from './room.ts';
import { searchAll } from './search.ts';

/** Somebody who is to have a site. */
export interface Mover {
  /** Those of one kind are interchangeable: the same demand, the same costs. */
  kind: number;
  demand: Demand;
  /** By site: how much worse it is than the best there could be, from 0 on; negative where it cannot be at all. */
  costs: readonly number[];
}

export interface Site {
  /** How many are there, movers that were placed included. */
  readonly guests: number;
  fits(demand: Demand): boolean;
  add(demand: Demand): void;
  remove(demand: Demand): void;
}

/** The site of each mover, by their indexes; null for none. */
export type Assignment = (number | null)[];

/**
 * Places as many movers as it can find room for, never over any room: those with the fewest sites first, each where it
 * costs least, then where the fewest guests are, then in the order of sites. One that finds no room displaces others
 * along the shortest chain that makes some. Deterministic. Leaves the sites as the assignment fills them.
 *
 * Where each mover has one interface and no device is alone for its guest, that is the most that can be placed: chains
 * of displacements are then the augmenting paths of a matroid intersection (one site for each mover; what the pools of
 * a site hold). With several interfaces that must go together the question is NP-hard. Then what chains leave is
 * searched through as a whole, to an end on small fleets, and beyond that more may be possible than is found. Measured
 * on packings without a seat to spare, guests of one to three interfaces: all found for 10 guests, in 37 of 40 for 30
 * guests on 10 hosts, in 36 of 40 for 120 on 40 (0.2 % of guests left over); with one seat to spare in each pool, always.
 */
export function assign(movers: readonly Mover[], sites: readonly Site[]): Assignment {
  const assignment: Assignment = movers.map(() => null);
  const choices = movers.map(({ costs }) => costs.filter((cost) => cost >= 0).length);
  const size = movers.map(({ demand }) => [...demand.values()].reduce((sum, one) => sum + one, 0));
  const kindOf = (mover: number) => movers[mover]?.kind ?? 0;
  const order = [...movers.keys()].sort(
    (a, b) =>
      (choices[a] ?? 0) - (choices[b] ?? 0) ||
      (size[b] ?? 0) - (size[a] ?? 0) ||
      kindOf(a) - kindOf(b) ||
      a - b,
  );
  const left: number[] = [];
  for (const mover of order) if (!placeBest(mover, movers, sites, assignment)) left.push(mover);
  // Where one of a kind found no way, no other of it does.
  const hopeless = new Set<number>();
  const unplaced = left.filter((mover) => {
    const kind = kindOf(mover);
    if (hopeless.has(kind)) return true;
    if (augment(mover, movers, sites, assignment)) return false;
    hopeless.add(kind);
    return true;
  });
  if (unplaced.some((mover) => (choices[mover] ?? 0) > 0)) searchAll(movers, sites, assignment, order);
  return assignment;
}

function placeBest(
  mover: number,
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
): boolean {
  const { demand, costs } = movers[mover] ?? { demand: new Map(), costs: [] };
  let best: { index: number; site: Site; cost: number } | null = null;
  for (const [index, site] of sites.entries()) {
    const cost = costs[index] ?? -1;
    if (cost < 0) continue;
    if (best !== null && (cost > best.cost || (cost === best.cost && site.guests >= best.site.guests)))
      continue;
    if (site.fits(demand)) best = { index, site, cost };
  }
  if (best === null) return false;
  best.site.add(demand);
  assignment[mover] = best.index;
  return true;
}
