import { isObject } from '../json.ts';
import type { Operation, OvsdbConnection, TableUpdates } from './connection.ts';
import { VswitchdAbsent, VswitchdSilent } from './errors.ts';
import { readNumber, readRows } from './values.ts';

/**
 * ovs-vswitchd.conf.db(5): whoever writes increments `next_cfg`, and ovs-vswitchd copies it to `cur_cfg` once it has
 * taken up all that was written until then. To be put at the end of a transaction; the select sees the new number.
 */
export const ANNOUNCE: readonly Operation[] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

/**
 * The number to wait for, from the last result of a transaction that ends with ANNOUNCE. Throws VswitchdAbsent: the row
 * is missing until the start of ovs-vswitchd (`ovs-ctl start`) has set it up, and nothing that is written stays.
 */
export function announced(results: readonly unknown[]): number {
  const number = readNumber(readRows(results.at(-1))[0]?.next_cfg);
  if (number === null) throw new VswitchdAbsent();
  return number;
}

interface Watch {
  current: number;
  /** Called at each change. */
  listeners: Set<() => void>;
}

const watches = new WeakMap<OvsdbConnection, Promise<Watch>>();

/** Waits until ovs-vswitchd has taken up the configuration of this number or a later one. Throws VswitchdSilent. */
export async function waitUntilTaken(
  connection: OvsdbConnection,
  number: number,
  timeoutMs: number,
): Promise<void> {
  const started = watches.get(connection) ?? startWatch(connection);
  watches.set(connection, started);
  const watch = await started;
  if (watch.current >= number) return;
  let settle: (taken: boolean) => void = () => {};
  const taken = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const listener = () => {
    if (watch.current >= number) settle(true);
  };
  const timer = setTimeout(() => settle(false), timeoutMs);
  watch.listeners.add(listener);
  const ended = connection.closed.then(() => false);
  try {
    if (!(await Promise.race([taken, ended]))) throw new VswitchdSilent(timeoutMs / 1000);
  } finally {
    clearTimeout(timer);
    watch.listeners.delete(listener);
  }
}

/** One monitor for each connection: `cur_cfg` may skip numbers when others write too, so it is compared, not awaited. */
async function startWatch(connection: OvsdbConnection): Promise<Watch> {
  const watch: Watch = { current: 0, listeners: new Set() };
  const read = (updates: TableUpdates) => {
    const rows = isObject(updates.Open_vSwitch) ? Object.values(updates.Open_vSwitch) : [];
    for (const row of rows) {
      const current = isObject(row) && isObject(row.new) ? readNumber(row.new.cur_cfg) : null;
      // It only grows; an update that came in one piece with the monitor's first answer is handed on before that.
      if (current !== null) watch.current = Math.max(watch.current, current);
    }
    for (const listener of watch.listeners) listener();
  };
  read(await connection.monitor({ Open_vSwitch: ['cur_cfg'] }, read));
  return watch;
}
