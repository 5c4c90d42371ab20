import type { OvsBridgeState, OvsInterfaceState, OvsPortState, OvsState } from '../../model/host.ts';
import type { JsonObject } from '../json.ts';
import type { Operation, OvsdbConnection } from './connection.ts';
import { readMap, readNumber, readRows, readSet, readText, readUuid, readUuids } from './values.ts';

/** All that is read, and so all that is worth an event when it changes. */
export const COLUMNS = {
  Bridge: ['name', 'datapath_type', 'external_ids', 'ports'],
  Port: ['name', 'tag', 'trunks', 'vlan_mode', 'protected', 'external_ids', 'interfaces'],
  Interface: ['name', 'type', 'external_ids', 'ofport', 'error'],
} as const;

const SELECTS: readonly Operation[] = Object.entries(COLUMNS).map(([table, columns]) =>
  select(table, ['_uuid', ...columns]),
);

/** All bridges with their ports, in one transaction, each list by name. */
export async function readOvs(connection: OvsdbConnection): Promise<OvsState> {
  const [bridges, ports, interfaces] = await connection.transact(SELECTS);
  const interfacesById = byUuid(interfaces, interfaceOf);
  const portsById = byUuid(ports, (row, uuid) => portOf(row, uuid, interfacesById));
  return { bridges: named([...byUuid(bridges, (row, uuid) => bridgeOf(row, uuid, portsById)).values()]) };
}

function select(table: string, columns: readonly string[]): Operation {
  return { op: 'select', table, where: [], columns };
}

function byUuid<T>(result: unknown, make: (row: JsonObject, uuid: string) => T): Map<string, T> {
  const rows = new Map<string, T>();
  for (const row of readRows(result)) {
    const uuid = readUuid(row._uuid);
    if (uuid !== null) rows.set(uuid, make(row, uuid));
  }
  return rows;
}

function bridgeOf(row: JsonObject, uuid: string, ports: ReadonlyMap<string, OvsPortState>): OvsBridgeState {
  return {
    uuid,
    name: readText(row.name) ?? '',
    // ovs-vswitchd.conf.db(5): an empty datapath_type means `system`.
    datapath: readText(row.datapath_type) === 'netdev' ? 'netdev' : 'system',
    externalIds: readMap(row.external_ids),
    ports: named(pick(row.ports, ports)),
  };
}

function portOf(
  row: JsonObject,
  uuid: string,
  interfaces: ReadonlyMap<string, OvsInterfaceState>,
): OvsPortState {
  return {
    uuid,
    name: readText(row.name) ?? '',
    tag: readNumber(row.tag),
    trunks: readSet(row.trunks)
      .filter((tag) => typeof tag === 'number')
      .sort((a, b) => a - b),
    vlanMode: readText(row.vlan_mode),
    protected: row.protected === true,
    externalIds: readMap(row.external_ids),
    interfaces: named(pick(row.interfaces, interfaces)),
  };
}

function interfaceOf(row: JsonObject, uuid: string): OvsInterfaceState {
  return {
    uuid,
    name: readText(row.name) ?? '',
    type: readText(row.type) ?? '',
    externalIds: readMap(row.external_ids),
    ofport: readNumber(row.ofport),
    error: readText(row.error),
  };
}

function pick<T>(references: unknown, rows: ReadonlyMap<string, T>): T[] {
  return readUuids(references).flatMap((uuid) => rows.get(uuid) ?? []);
}

function named<T extends { name: string }>(rows: T[]): T[] {
  return rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
