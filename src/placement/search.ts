import type { Assignment, Mover, Site } from './assign.ts';

/** Trials of one mover on one site, after which the search ends with the best that it has seen: about 0.2 s. */
const SEARCH_STEPS = 50_000;

/**
 * Looks for an assignment that places more, by trying movers on sites one by one, in `order`. What is there already is
 * what it has to beat. Leaves assignment and sites as the best that it found has them.
 */
export function searchAll(
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
  order: readonly number[],
): void {
  const before = [...assignment];
  const empty = (state: Assignment) => fill(state, movers, sites, 'remove');
  empty(before);
  const search = new Search(movers, sites, order, before);
  search.from(0, 0);
  for (const [mover, site] of search.best.entries()) assignment[mover] = site;
  fill(search.best, movers, sites, 'add');
}

class Search {
  best: Assignment;
  readonly #movers: readonly Mover[];
  readonly #sites: readonly Site[];
  readonly #order: readonly number[];
  readonly #current: Assignment;
  #fewest: number;
  #steps = 0;

  constructor(
    movers: readonly Mover[],
    sites: readonly Site[],
    order: readonly number[],
    before: Assignment,
  ) {
    this.#movers = movers;
    this.#sites = sites;
    this.#order = order;
    this.best = before;
    this.#fewest = before.filter((site) => site === null).length;
    this.#current = movers.map(() => null);
  }

  /** Places those from `at` on; `left` of the earlier ones have no site. */
  from(at: number, left: number): void {
    if (left >= this.#fewest || this.#steps > SEARCH_STEPS) return;
    const mover = this.#order[at];
    const own = mover === undefined ? undefined : this.#movers[mover];
    if (mover === undefined || own === undefined) {
      this.#fewest = left;
      this.best = [...this.#current];
      return;
    }
    for (const index of this.#sites.keys()) {
      const site = this.#sites[index];
      if (site === undefined || (own.costs[index] ?? -1) < 0 || !this.#isNext(at, index)) continue;
      this.#steps += 1;
      if (!site.fits(own.demand)) continue;
      site.add(own.demand);
      this.#current[mover] = index;
      this.from(at + 1, left);
      this.#current[mover] = null;
      site.remove(own.demand);
      if (this.#fewest <= left) return;
    }
    this.from(at + 1, left + 1);
  }

  /** Of two alike in a row the second does not go before the first, which would only be the same once more. */
  #isNext(at: number, site: number): boolean {
    const [before, mover] = [this.#order[at - 1], this.#order[at]];
    if (before === undefined || mover === undefined) return true;
    if (this.#movers[before]?.kind !== this.#movers[mover]?.kind) return true;
    const last = this.#current[before] ?? null;
    // One without a site is followed by others without one.
    return last !== null && site >= last;
  }
}

function fill(
  assignment: Assignment,
  movers: readonly Mover[],
  sites: readonly Site[],
  how: 'add' | 'remove',
): void {
  for (const [mover, site] of assignment.entries()) {
    const own = movers[mover];
    if (site !== null && own !== undefined) sites[site]?.[how](own.demand);
  }
}
