import { ANNOUNCE, announced } from './configuration.ts';
import type { Operation, OvsdbConnection } from './connection.ts';
import { byUuid, optionalValue, readRows, readText } from './values.ts';

/** A bridge that was just set anew, without its datapath_id, and the datapath_type that it had before. */
export interface SetBridge {
  key: string;
  uuid: string;
  before: string;
}

/**
 * Which of these bridges ovs-vswitchd does not carry now, by key; asked after it has taken them up, for it says so in its
 * log only. One whose data path was to be another has its old one back: its guests would have none otherwise.
 */
export async function checkBridges(
  connection: OvsdbConnection,
  bridges: readonly SetBridge[],
  taken: (number: number) => Promise<void>,
): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  if (bridges.length === 0) return refused;
  const results = await connection.transact(bridges.map(({ uuid }) => select(uuid)));
  const returns: Operation[] = [];
  bridges.forEach(({ key, uuid, before }, place) => {
    const row = readRows(results[place])[0];
    if (row === undefined || readText(row.datapath_id) !== null) return;
    const wanted = nameOf(readText(row.datapath_type));
    const back = nameOf(before) !== wanted;
    refused.set(key, dead(wanted, back ? nameOf(before) : null));
    if (back) {
      const old = { datapath_type: before, datapath_id: optionalValue(null) };
      returns.push({ op: 'update', table: 'Bridge', where: byUuid(uuid), row: old });
    }
  });
  if (returns.length > 0) await taken(announced(await connection.transact([...returns, ...ANNOUNCE])));
  return refused;
}

function dead(wanted: string, before: string | null): string {
  const cure =
    wanted === 'system'
      ? 'the kernel may lack the module openvswitch (modprobe openvswitch), which the data path netdev does without'
      : 'the log of ovs-vswitchd says why';
  const now = before === null ? '' : `; it has the data path ${before} again`;
  return `ovs-vswitchd could not make the bridge with the data path ${wanted}: ${cure}${now}`;
}

/** ovs-vswitchd.conf.db(5): an empty datapath_type means `system`. */
function nameOf(type: string | null): string {
  return type || 'system';
}

function select(uuid: string): Operation {
  return {
    op: 'select',
    table: 'Bridge',
    where: byUuid(uuid),
    columns: ['datapath_id', 'datapath_type'],
  };
}
