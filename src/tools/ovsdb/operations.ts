import { OVS_IFINDEX_KEY, OVS_OWNER_KEY } from '../../model/mark.ts';
import type { OvsOp, OvsPortSettings } from '../../model/step.ts';
import type { Operation } from './connection.ts';
import {
  byUuid,
  type Condition,
  mapValue,
  namedUuid,
  type OvsdbValue,
  optionalValue,
  type Row,
  setValue,
  uuidValue,
} from './values.ts';

/** The part of a transaction that carries out one op. */
export interface Part {
  operations: Operation[];
  /** For people: why the operation at this place was refused, where that is a guard of ours. */
  refusals: ReadonlyMap<number, string>;
  /** The place of the operation that inserts the Interface, and that of the row that holds it; null for no addition. */
  inserts: { interface: number; row: number } | null;
  /** A bridge that is set anew, and the place of the operation that reads its data path before; null for none. */
  bridge: { uuid: string; before: number } | null;
}

export type WriteOp = Exclude<OvsOp, { do: 'deleteBridge' }>;

/**
 * The operations of one op. Each begins with guards (`wait` without waiting), so that it happens only if the rows are
 * as they were observed. `ifindex` is that of an added port's link; `number` is unique within the transaction.
 */
export function partOf(op: WriteOp, number: number, ifindex: number | null): Part {
  switch (op.do) {
    case 'addBridge':
      return addBridge(op, number);
    case 'setBridge':
      return setBridge(op);
    case 'addPort':
      return addPort(op, number, ifindex);
    case 'setPort':
      return guarded(
        [
          exists('Port', byUuid(op.uuid), 'the port is gone from Open vSwitch'),
          exists('Interface', byName(op.interface), 'the interface of the port is gone from Open vSwitch'),
        ],
        [
          { op: 'update', table: 'Port', where: byUuid(op.uuid), row: portColumns(op.settings) },
          // The recorded index stays: a change of settings does not bind the port anew.
          mergeIds('Port', byUuid(op.uuid), op.portExternalIds, [OVS_OWNER_KEY]),
          mergeIds('Interface', byName(op.interface), op.settings.interfaceExternalIds, []),
        ],
      );
    case 'setInterface':
      return guarded(
        [exists('Interface', byName(op.name), 'the interface is gone from Open vSwitch')],
        [{ op: 'update', table: 'Interface', where: byName(op.name), row: linkColumns(op) }],
      );
    case 'deletePort':
      // A row that nothing refers to goes by itself; one that is gone already is no error.
      return guarded(
        [],
        [
          {
            op: 'mutate',
            table: 'Bridge',
            where: byName(op.bridge),
            mutations: [['ports', 'delete', uuidValue(op.uuid)]],
          },
        ],
      );
  }
}

/** ovs-vswitchd writes the datapath_id of each bridge that it carries: one that stays empty has no data path. */
function setBridge(op: Extract<OvsOp, { do: 'setBridge' }>): Part {
  const where = byUuid(op.uuid);
  const part = guarded(
    [exists('Bridge', where, 'the bridge is gone from Open vSwitch')],
    [
      { op: 'select', table: 'Bridge', where, columns: ['datapath_type'] },
      {
        op: 'update',
        table: 'Bridge',
        where,
        row: { datapath_type: op.datapath, datapath_id: optionalValue(null) },
      },
      mergeIds('Bridge', where, op.externalIds, [OVS_OWNER_KEY]),
    ],
  );
  return { ...part, bridge: { uuid: op.uuid, before: 1 } };
}

function addBridge(op: Extract<OvsOp, { do: 'addBridge' }>, number: number): Part {
  const [bridge, port, iface] = [`bridge${number}`, `port${number}`, `interface${number}`];
  const row: Row = {
    name: op.name,
    datapath_type: op.datapath,
    external_ids: mapValue(op.externalIds),
    ports: namedUuid(port),
  };
  return guarded(
    [
      missing('Bridge', op.name, `Open vSwitch has a bridge ${op.name} already`),
      missing('Port', op.name, `Open vSwitch has a port ${op.name} already`),
      missing('Interface', op.name, `Open vSwitch has an interface ${op.name} already`),
    ],
    [
      { op: 'insert', table: 'Interface', 'uuid-name': iface, row: { name: op.name, type: 'internal' } },
      {
        op: 'insert',
        table: 'Port',
        'uuid-name': port,
        row: { name: op.name, interfaces: namedUuid(iface) },
      },
      { op: 'insert', table: 'Bridge', 'uuid-name': bridge, row },
      {
        op: 'mutate',
        table: 'Open_vSwitch',
        where: [],
        mutations: [['bridges', 'insert', namedUuid(bridge)]],
      },
    ],
    { interface: 0, row: 2 },
  );
}

function addPort(op: Extract<OvsOp, { do: 'addPort' }>, number: number, ifindex: number | null): Part {
  const [port, iface] = [`port${number}`, `interface${number}`];
  const index: Record<string, string> = ifindex === null ? {} : { [OVS_IFINDEX_KEY]: String(ifindex) };
  return guarded(
    [
      exists('Bridge', byName(op.bridge), `Open vSwitch has no bridge ${op.bridge}`),
      missing('Port', op.name, `Open vSwitch has a port ${op.name} already`),
      missing('Interface', op.name, `Open vSwitch has an interface ${op.name} already`),
    ],
    [
      {
        op: 'insert',
        table: 'Interface',
        'uuid-name': iface,
        row: {
          name: op.name,
          ...(op.link === null && { type: 'internal' }),
          external_ids: mapValue(op.settings.interfaceExternalIds),
        },
      },
      {
        op: 'insert',
        table: 'Port',
        'uuid-name': port,
        row: {
          name: op.name,
          interfaces: namedUuid(iface),
          external_ids: mapValue({ ...op.portExternalIds, ...index }),
          ...portColumns(op.settings),
        },
      },
      {
        op: 'mutate',
        table: 'Bridge',
        where: byName(op.bridge),
        mutations: [['ports', 'insert', namedUuid(port)]],
      },
    ],
    { interface: 0, row: 1 },
  );
}

function linkColumns({ mac, mtu }: Extract<OvsOp, { do: 'setInterface' }>): Row {
  return { ...(mac !== null && { mac }), ...(mtu !== null && { mtu_request: mtu }) };
}

function portColumns(settings: OvsPortSettings): Row {
  return {
    tag: optionalValue(settings.tag),
    trunks: setValue(settings.trunks),
    vlan_mode: optionalValue(settings.vlanMode),
    protected: settings.protected,
  };
}

/** `insert` leaves a key that stands (RFC 7047 §5.1), so it is deleted first. `stale` keys go even if not given. */
function mergeIds(
  table: string,
  where: readonly Condition[],
  ids: Readonly<Record<string, string>>,
  stale: readonly string[],
): Operation {
  const keys: OvsdbValue = setValue([...new Set([...stale, ...Object.keys(ids)])]);
  return {
    op: 'mutate',
    table,
    where,
    mutations: [
      ['external_ids', 'delete', keys],
      ['external_ids', 'insert', mapValue(ids)],
    ],
  };
}

interface Guard {
  operation: Operation;
  refusal: string;
}

function exists(table: string, where: readonly Condition[], refusal: string): Guard {
  return { operation: rowsAre('!=', table, where), refusal };
}

function missing(table: string, name: string, refusal: string): Guard {
  return { operation: rowsAre('==', table, byName(name)), refusal };
}

/** Compares the rows with no rows at all, at once. */
function rowsAre(until: '==' | '!=', table: string, where: readonly Condition[]): Operation {
  return { op: 'wait', table, where, columns: ['name'], until, rows: [], timeout: 0 };
}

function guarded(
  guards: readonly Guard[],
  operations: readonly Operation[],
  inserts: Part['inserts'] = null,
): Part {
  return {
    operations: [...guards.map((guard) => guard.operation), ...operations],
    refusals: new Map(guards.map((guard, place) => [place, guard.refusal])),
    inserts: inserts && {
      interface: guards.length + inserts.interface,
      row: guards.length + inserts.row,
    },
    bridge: null,
  };
}

function byName(name: string): Condition[] {
  return [['name', '==', name]];
}
