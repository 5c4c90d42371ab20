import { ovsMark } from '../../model/mark.ts';
import { DONE, failed, type StepResult } from '../result.ts';
import { ANNOUNCE, announced } from './configuration.ts';
import type { OvsdbConnection } from './connection.ts';
import { byUuid, readMap, readRows, readText, readUuid, readUuids, setValue, uuidValue } from './values.ts';

/**
 * Removes a bridge, unless a port that is not ours has joined it: its ports are read, and the removal happens only if
 * they are still the same then. `number` is what to wait for; null when nothing was to do.
 */
export async function deleteBridge(
  connection: OvsdbConnection,
  uuid: string,
): Promise<{ result: StepResult; number: number | null }> {
  const [bridges, ports] = await connection.transact([
    { op: 'select', table: 'Bridge', where: byUuid(uuid), columns: ['name', 'ports'] },
    { op: 'select', table: 'Port', where: [], columns: ['_uuid', 'name', 'external_ids'] },
  ]);
  const bridge = readRows(bridges)[0];
  if (bridge === undefined) return { result: DONE, number: null };
  const name = readText(bridge.name) ?? '';
  const members = readUuids(bridge.ports);
  const stranger = readRows(ports).find(
    (port) =>
      members.includes(readUuid(port._uuid) ?? '') &&
      port.name !== name &&
      ovsMark('Port', readMap(port.external_ids)).is === 'foreign',
  );
  if (stranger !== undefined) {
    const message = `the bridge ${name} has the port ${readText(stranger.name)}, which is not ours: remove that port first`;
    return { result: failed(message), number: null };
  }
  const results = await connection.transact([
    {
      op: 'wait',
      table: 'Bridge',
      where: byUuid(uuid),
      columns: ['ports'],
      until: '==',
      rows: [{ ports: setValue(members.map(uuidValue)) }],
      timeout: 0,
    },
    { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['bridges', 'delete', uuidValue(uuid)]] },
    ...ANNOUNCE,
  ]);
  return { result: DONE, number: announced(results) };
}
