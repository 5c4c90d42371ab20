import { ANNOUNCE, announced } from './configuration.ts';
import type { Operation, OvsdbConnection } from './connection.ts';
import { byUuid, readNumber, readRows, readText, uuidValue } from './values.ts';

/** A port or bridge that was just added. */
export interface Addition {
  key: string;
  /** The Interface row. */
  interface: string;
  /** The Port or Bridge row that it came with. */
  row: string;
}

/** ovs-vswitchd.conf.db(5): the ofport of an interface that could not be made. */
const REFUSED_OFPORT = -1;

/**
 * Which of these additions the data path refused, by key, with ovs-vswitchd's words; asked after it has taken them up,
 * for the transaction itself succeeds even where the device is missing. Their rows are removed again.
 */
export async function checkAdditions(
  connection: OvsdbConnection,
  additions: readonly Addition[],
  taken: (number: number) => Promise<void>,
): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  if (additions.length === 0) return refused;
  const results = await connection.transact(additions.map((addition) => selectInterface(addition.interface)));
  const removals: Operation[] = [];
  additions.forEach((addition, place) => {
    const row = readRows(results[place])[0];
    const error = readText(row?.error);
    const ofport = readNumber(row?.ofport);
    if (row !== undefined && error === null && ofport !== REFUSED_OFPORT && ofport !== null) return;
    refused.set(addition.key, error ?? 'the data path of Open vSwitch did not take it');
    removals.push(remove('Bridge', 'ports', addition.row), remove('Open_vSwitch', 'bridges', addition.row));
  });
  if (removals.length > 0) await taken(announced(await connection.transact([...removals, ...ANNOUNCE])));
  return refused;
}

function selectInterface(uuid: string): Operation {
  return {
    op: 'select',
    table: 'Interface',
    where: byUuid(uuid),
    columns: ['ofport', 'error'],
  };
}

/** Out of every row that refers to it; a UUID that is no row of the column's table refers to nothing there. */
function remove(table: string, column: string, uuid: string): Operation {
  return { op: 'mutate', table, where: [], mutations: [[column, 'delete', uuidValue(uuid)]] };
}
