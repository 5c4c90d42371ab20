/**
 * The largest flow from pools over their entries to devices, kept the largest while guests are placed one by one. The
 * graph has a node for each pool and each device, not for each guest, so a step costs the same for ten guests and for
 * ten thousand.
 */
export class PoolFlow {
  /** Guests of each pool that are still to be placed. */
  readonly #need: number[];
  /** Guests that each device can still take. */
  readonly #room: number[];
  readonly #entries: { device: number; room: number; flow: number }[][];
  /** Entries by device, for going back over them. */
  readonly #back: { pool: number; entry: number }[][];
  /** Flow out of each pool and into each device: the sums over their entries. */
  readonly #planned: number[];
  readonly #load: number[];

  constructor(shape: FlowShape) {
    this.#need = [...shape.need];
    this.#room = [...shape.room];
    this.#entries = shape.entries.map((entries) => entries.map((entry) => ({ ...entry, flow: 0 })));
    this.#back = shape.room.map(() => []);
    this.#planned = shape.need.map(() => 0);
    this.#load = shape.room.map(() => 0);
    for (const [pool, entries] of this.#entries.entries()) {
      for (const [entry, { device }] of entries.entries()) this.#back[device]?.push({ pool, entry });
    }
    for (let path = this.#path(SOURCE, SINK); path !== null; path = this.#path(SOURCE, SINK)) {
      this.#push(path, Math.min(...path.map((arc) => arc.left)));
    }
  }

  /** How many of those still to be placed can be. */
  get total(): number {
    return this.#planned.reduce((sum, planned) => sum + planned, 0);
  }

  /** Places one guest of `pool` by `entry`, if as many as before can still be placed with it. Answers whether it did. */
  take(pool: number, entry: number): boolean {
    const arc = this.#entries[pool]?.[entry];
    if (arc === undefined || arc.device < 0 || (this.#need[pool] ?? 0) < 1) return false;
    if (arc.flow < 1 && !this.#shift(pool, entry)) {
      if (arc.room < 1) return false;
      // A circle over this entry changes which guests go where, and not how many.
      const circle = this.#path(FIRST + this.#need.length + arc.device, FIRST + pool);
      if (circle === null) return false;
      this.#push([{ is: 'entry', pool, entry, sign: 1, left: 1 }, ...circle], 1);
    }
    this.#add(pool, entry, -1);
    arc.room -= 1;
    this.#room[arc.device] = at(this.#room, arc.device) - 1;
    this.#need[pool] = at(this.#need, pool) - 1;
    return true;
  }

  /** Plans one guest of `pool` on this entry instead of another, where both have room: the usual case, in few steps. */
  #shift(pool: number, entry: number): boolean {
    const entries = this.#entries[pool] ?? [];
    const to = entries[entry];
    if (to === undefined || to.room - to.flow < 1) return false;
    if (at(this.#room, to.device) - at(this.#load, to.device) < 1) return false;
    const from = entries.findIndex(({ flow }) => flow >= 1);
    if (from < 0) return false;
    this.#add(pool, from, -1);
    this.#add(pool, entry, 1);
    return true;
  }

  /** One guest of `pool` is not placed, for no entry took it. */
  drop(pool: number): void {
    if (at(this.#need, pool) > 0) this.#need[pool] = at(this.#need, pool) - 1;
  }

  /** The shortest way through what is left of the arcs, null when there is none. */
  #path(start: number, goal: number): Arc[] | null {
    const cameBy = new Map<number, { from: number; arc: Arc }>();
    const queue = [start];
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      for (const { to, arc } of this.#arcsFrom(node)) {
        if (arc.left < 1 || to === start || cameBy.has(to)) continue;
        cameBy.set(to, { from: node, arc });
        if (to === goal) return wayTo(goal, start, cameBy);
        queue.push(to);
      }
    }
    return null;
  }

  #arcsFrom(node: number): { to: number; arc: Arc }[] {
    const pools = this.#need.length;
    if (node === SOURCE) {
      return this.#need.map((need, pool) => ({ to: FIRST + pool, arc: end(need - at(this.#planned, pool)) }));
    }
    if (node === SINK) {
      return this.#load.map((load, device) => ({ to: FIRST + pools + device, arc: end(load) }));
    }
    const pool = node - FIRST;
    if (pool < pools) {
      const out = (this.#entries[pool] ?? []).flatMap(({ device, room, flow }, entry) =>
        device < 0 ? [] : [{ to: FIRST + pools + device, arc: over(pool, entry, 1, room - flow) }],
      );
      return [...out, { to: SOURCE, arc: end(at(this.#planned, pool)) }];
    }
    const device = pool - pools;
    const back = (this.#back[device] ?? []).map((one) => ({
      to: FIRST + one.pool,
      arc: over(one.pool, one.entry, -1, this.#entries[one.pool]?.[one.entry]?.flow ?? 0),
    }));
    return [{ to: SINK, arc: end(at(this.#room, device) - at(this.#load, device)) }, ...back];
  }

  #push(path: readonly Arc[], amount: number): void {
    for (const arc of path) if (arc.is === 'entry') this.#add(arc.pool, arc.entry, arc.sign * amount);
  }

  #add(pool: number, entry: number, amount: number): void {
    const arc = this.#entries[pool]?.[entry];
    if (arc === undefined) return;
    arc.flow += amount;
    this.#planned[pool] = at(this.#planned, pool) + amount;
    this.#load[arc.device] = at(this.#load, arc.device) + amount;
  }
}

export interface FlowShape {
  /** Guests to be placed, by pool. */
  need: readonly number[];
  /** Guests that can still be taken, by device; Infinity for no limit. */
  room: readonly number[];
  /** By pool; `device` is negative for an entry that takes nothing. */
  entries: readonly (readonly { device: number; room: number }[])[];
}

/** Nodes are numbered: source, sink, pools, devices. */
const SOURCE = 0;
const SINK = 1;
const FIRST = 2;

/** A step in what is left of the graph: over an entry, there or back, or at its ends, which follow from the entries. */
type Arc =
  | { is: 'entry'; pool: number; entry: number; sign: 1 | -1; left: number }
  | { is: 'end'; left: number };

function over(pool: number, entry: number, sign: 1 | -1, left: number): Arc {
  return { is: 'entry', pool, entry, sign, left };
}

function end(left: number): Arc {
  return { is: 'end', left };
}

function wayTo(goal: number, start: number, cameBy: ReadonlyMap<number, { from: number; arc: Arc }>): Arc[] {
  const arcs: Arc[] = [];
  for (let node = goal; node !== start; ) {
    const step = cameBy.get(node);
    if (step === undefined) break;
    arcs.unshift(step.arc);
    node = step.from;
  }
  return arcs;
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}
