import type { OvsBridgeState, OvsInterfaceState, OvsPortState } from '../model/host.ts';
import { OVS_IFINDEX_KEY, OVS_OWNER_KEY, ovsMark } from '../model/mark.ts';
import type { Claim, Observed, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { OvsPortSpec } from '../model/specs.ts';
import type { OvsOp, OvsPortSettings } from '../model/step.ts';
import type { KindModule } from './kind.ts';
import { diffFields } from './kind.ts';
import { deviceClaim, internalClaim, nameClaim } from './link/observe.ts';
import { addLink, removeLink } from './link/simulate.ts';

const VLAN_FIELDS = ['vlanMode', 'tag', 'trunks'] as const;

/** A row of the Port table with its Interface row: a guest's tap, an uplink, or a link that ovs-vswitchd makes for the host. */
export const ovsPortKind: KindModule<'ovs-port'> = {
  kind: 'ovs-port',
  cosmetic: [],

  observe(state) {
    if (state.ovs === null) return [];
    const indexes = new Map(state.links.map((link) => [link.name, link.index]));
    return state.ovs.bridges.flatMap((bridge) =>
      bridge.ports
        // The local port stands and goes with its bridge.
        .filter((port) => port.name !== bridge.name)
        .map((port) => observePort(bridge, port, indexes)),
    );
  },

  compare(before, after) {
    const fields = diffFields(before, after, ['bridge', 'internal', 'bound', 'protected']);
    for (const field of VLAN_FIELDS) {
      // A port's VLANs are always stated: no tag means that it must have none.
      if (JSON.stringify(before[field]) === JSON.stringify(after[field])) continue;
      fields.push({ field, before: before[field], after: after[field] });
    }
    const ids = differingIds(before.externalIds, after.externalIds);
    if (ids !== null) fields.push({ field: 'externalIds', ...ids });
    return fields;
  },

  effect(fields) {
    const changed = new Set(fields.map((f) => f.field));
    // A row that moves in one transaction leaves the datapath's port behind: two waited ones (FACTS.md).
    if (changed.has('bridge') || changed.has('internal')) return { action: 'replace', impact: 'rewire' };
    if (changed.has('bound')) return { action: 'replace', impact: 'none' };
    if (VLAN_FIELDS.some((field) => changed.has(field))) return { action: 'update', impact: 'rewire' };
    if (changed.has('protected')) return { action: 'update', impact: 'interrupt' };
    return { action: 'update', impact: 'none' };
  },

  removal: () => 'interrupt',
  claims: (name, { internal }) => [internal ? internalClaim(name) : deviceClaim(name, null)],

  without: (before, gone) => (gone === `link:${before.name}` ? { ...before.spec, bound: false } : null),

  describe: (name, spec) =>
    `${spec.internal ? 'internal port' : 'port'} ${name} of Open vSwitch bridge ${spec.bridge}`,

  simulate(state, { before, after, action }) {
    const link = state.links.find((one) => one.name === before?.name);
    if (link !== undefined && before?.spec.internal && action !== 'update') {
      removeLink(state, link.name, link.index);
    }
    if (after?.spec.internal && action !== 'update') addLink(state, after.name);
    for (const bridge of state.ovs?.bridges ?? []) {
      bridge.ports = bridge.ports.filter((row) => row.uuid !== before?.handle);
      if (after?.spec.bridge !== bridge.name) continue;
      const { settings, portExternalIds } = rows(after);
      const index = state.links.find((link) => link.name === after.name)?.index;
      const { interfaceExternalIds, ...columns } = settings;
      bridge.ports.push({
        uuid: `new-${after.name}`,
        name: after.name,
        ...columns,
        externalIds: {
          ...portExternalIds,
          ...(!after.spec.internal && { [OVS_IFINDEX_KEY]: String(index) }),
        },
        interfaces: [
          {
            uuid: `new-${after.name}-interface`,
            name: after.name,
            type: after.spec.internal ? 'internal' : '',
            externalIds: interfaceExternalIds,
            ofport: 1,
            error: null,
          },
        ],
      });
    }
  },

  steps({ action, before, after }) {
    if (action === 'update' && before !== null && after !== null) {
      const op: OvsOp = { do: 'setPort', uuid: before.handle, interface: after.name, ...rows(after) };
      return { unmake: [], make: [{ word: 'set', tool: 'ovs', op }] };
    }
    return {
      unmake:
        before === null
          ? []
          : [
              {
                word: 'delete',
                tool: 'ovs',
                op: { do: 'deletePort', uuid: before.handle, bridge: before.spec.bridge },
              },
            ],
      make:
        after === null
          ? []
          : [
              {
                word: 'add',
                tool: 'ovs',
                op: {
                  do: 'addPort',
                  bridge: after.spec.bridge,
                  name: after.name,
                  link: after.spec.internal ? null : after.name,
                  ...rows(after),
                },
              },
            ],
    };
  },
};

function observePort(
  bridge: OvsBridgeState,
  port: OvsPortState,
  indexes: ReadonlyMap<string, number>,
): Observed<'ovs-port'> {
  const iface = port.interfaces.find((row) => row.name === port.name) ?? port.interfaces[0];
  const internal = iface?.type === 'internal';
  const recorded = port.externalIds[OVS_IFINDEX_KEY];
  const index = indexes.get(port.name);
  return {
    kind: 'ovs-port',
    id: idOf('ovs-port', port.name),
    name: port.name,
    spec: {
      bridge: bridge.name,
      internal,
      ...normalVlans(port),
      protected: port.protected,
      externalIds: iface?.externalIds ?? {},
      // Nothing is recorded of an internal or an unmarked one; that its device works is all that can be said of it.
      bound:
        iface?.error === null &&
        (internal ||
          recorded === undefined ||
          (takesLink(iface.type) && index !== undefined && recorded === String(index))),
    },
    mark: ovsMark('Port', port.externalIds),
    handle: port.uuid,
    incarnation: port.uuid,
    needs: [
      { id: idOf('ovs-bridge', bridge.name), incarnation: true },
      // An internal one's link hangs on it instead.
      ...(internal ? [] : [{ id: idOf('link', port.name), incarnation: true }]),
    ],
    claims: () => portClaims(port, indexes),
    strayGroup: null,
  };
}

/** Whether a port of this Interface type has the link of its name; one of another type has a tunnel or the like. */
function takesLink(type: string): boolean {
  return type === '' || type === 'system';
}

/** What a port takes by each of its Interfaces; a bond has several, with names other than its own. */
function portClaims(port: OvsPortState, links: ReadonlyMap<string, unknown>): Claim[] {
  const isForeign = ovsMark('Port', port.externalIds).is === 'foreign';
  const claims = port.interfaces.flatMap((one) => interfaceClaims(one, isForeign && !links.has(one.name)));
  const isBond = port.interfaces.every(({ name }) => name !== port.name);
  return isBond && isForeign && !links.has(port.name) ? [...claims, nameClaim(port.name)] : claims;
}

/** A stranger's row without a device takes whatever link gets its name into the stranger's bridge. */
function interfaceClaims({ name, type }: OvsInterfaceState, waitsForLink: boolean): Claim[] {
  if (type === 'internal') return [internalClaim(name)];
  if (waitsForLink) return [nameClaim(name)];
  return type === 'patch' ? [] : [deviceClaim(name, null)];
}

/** What an empty vlan_mode means is written out: access with a tag, trunk without (ovs-vswitchd.conf.db(5)). */
function normalVlans(port: OvsPortState): Pick<OvsPortSpec, 'vlanMode' | 'tag' | 'trunks'> {
  const trunks = [...port.trunks].sort((a, b) => a - b);
  const mode = port.vlanMode ?? (port.tag !== null ? 'access' : trunks.length > 0 ? 'trunk' : null);
  if (mode === 'trunk' && trunks.length === 0 && port.tag === null)
    return { vlanMode: null, tag: null, trunks };
  switch (mode) {
    case 'access':
    case 'trunk':
    case 'native-untagged':
    case null:
      return { vlanMode: mode, tag: port.tag, trunks };
    default:
      // native-tagged, dot1q-tunnel: never wanted, so always different. Without a mode nothing is wanted to have a tag.
      return { vlanMode: null, tag: port.tag ?? -1, trunks };
  }
}

function rows(after: Wanted<'ovs-port'>): {
  settings: OvsPortSettings;
  portExternalIds: Record<string, string>;
} {
  const { tag, trunks, vlanMode, protected: isProtected, externalIds } = after.spec;
  return {
    settings: { tag, trunks, vlanMode, protected: isProtected, interfaceExternalIds: externalIds },
    portExternalIds: { [OVS_OWNER_KEY]: after.owner },
  };
}

/** The wanted keys that differ, on both sides; null when all are as wanted. Keys of others are left alone. */
function differingIds(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): { before: Record<string, string | null>; after: Record<string, string> } | null {
  const keys = Object.keys(after).filter((key) => before[key] !== after[key]);
  if (keys.length === 0) return null;
  return {
    before: Object.fromEntries(keys.map((key) => [key, before[key] ?? null])),
    after: Object.fromEntries(keys.map((key) => [key, after[key] ?? ''])),
  };
}
