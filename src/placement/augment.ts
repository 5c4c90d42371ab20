import type { Assignment, Mover, Site } from './assign.ts';

/** Somebody in a chain who is to have another site, and whose place it is that they make room for. */
interface Link {
  mover: number;
  /** The one that takes this one's site; null for the first, who had none. */
  for: Link | null;
}

/**
 * Places a mover by moving others, along the shortest chain of displacements there is: it takes the place of a second,
 * that of a third, and the last goes where there is room. Answers whether it did; if not, all is as before.
 *
 * Each kind is displaced once at most: another of it could go nowhere that the first could not.
 */
export function augment(
  mover: number,
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
): boolean {
  const there = occupants(movers, sites, assignment);
  const seen = new Set([movers[mover]?.kind]);
  const queue: Link[] = [{ mover, for: null }];
  for (let head = 0; head < queue.length; head++) {
    const link = queue[head];
    const own = link && movers[link.mover];
    if (link === undefined || own === undefined) continue;
    const byCost = [...sites.keys()]
      .filter((index) => (own.costs[index] ?? -1) >= 0 && index !== assignment[link.mover])
      .sort((a, b) => (own.costs[a] ?? 0) - (own.costs[b] ?? 0) || a - b);
    const free = byCost.find((index) => sites[index]?.fits(own.demand));
    if (free !== undefined && shift(link, free, movers, sites, assignment)) return true;
    for (const index of byCost) {
      const site = sites[index];
      if (site === undefined) continue;
      for (const [kind, other] of there[index] ?? []) {
        if (seen.has(kind) || !fitsInstead(site, own, movers[other])) continue;
        seen.add(kind);
        queue.push({ mover: other, for: link });
      }
    }
  }
  return false;
}

/** One mover of each kind on each site. */
function occupants(
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
): Map<number, number>[] {
  const there = sites.map(() => new Map<number, number>());
  for (const [mover, site] of assignment.entries()) {
    const kind = movers[mover]?.kind;
    if (site !== null && kind !== undefined && !there[site]?.has(kind)) there[site]?.set(kind, mover);
  }
  return there;
}

function fitsInstead(site: Site, mover: Mover, other: Mover | undefined): boolean {
  if (other === undefined) return false;
  site.remove(other.demand);
  const fits = site.fits(mover.demand);
  site.add(other.demand);
  return fits;
}

/**
 * Moves the last of a chain to a free site, the one before to the place that it left, and so on. Each step is held
 * against the room as it is then: several links through one site can need more than each of them did alone. Then all
 * goes back.
 */
function shift(
  last: Link,
  free: number,
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
): boolean {
  const done: { mover: number; from: number | null }[] = [];
  let goal: number | null = free;
  for (let link: Link | null = last; link !== null && goal !== null; link = link.for) {
    const from: number | null = assignment[link.mover] ?? null;
    if (!move(link.mover, goal, movers, sites, assignment)) {
      for (const step of done.reverse()) moveBack(step.mover, step.from, movers, sites, assignment);
      return false;
    }
    done.push({ mover: link.mover, from });
    goal = from;
  }
  return true;
}

function move(
  mover: number,
  to: number,
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
): boolean {
  const demand = movers[mover]?.demand ?? new Map();
  const from = assignment[mover] ?? null;
  if (from !== null) sites[from]?.remove(demand);
  const fits = sites[to]?.fits(demand) ?? false;
  const goal = fits ? to : from;
  if (goal !== null) sites[goal]?.add(demand);
  assignment[mover] = goal;
  return fits;
}

function moveBack(
  mover: number,
  to: number | null,
  movers: readonly Mover[],
  sites: readonly Site[],
  assignment: Assignment,
): void {
  const demand = movers[mover]?.demand ?? new Map();
  const from = assignment[mover] ?? null;
  if (from !== null) sites[from]?.remove(demand);
  if (to !== null) sites[to]?.add(demand);
  assignment[mover] = to;
}
