import { OVS_OWNER_KEY, ovsMark } from '../model/mark.ts';
import { idOf } from '../model/resource.ts';
import type { KindModule } from './kind.ts';
import { diffFields } from './kind.ts';
import { nameClaim } from './link/observe.ts';
import { addLink, removeLink } from './link/simulate.ts';

/** A row of Open vSwitch's Bridge table. */
export const ovsBridgeKind: KindModule<'ovs-bridge'> = {
  kind: 'ovs-bridge',
  cosmetic: ['carried'],

  observe(state) {
    const bridges = state.ovs?.bridges ?? [];
    if (bridges.length === 0) return [];
    const links = new Set(state.links.map(({ name }) => name));
    return bridges.map((row) => ({
      kind: 'ovs-bridge',
      id: idOf('ovs-bridge', row.name),
      name: row.name,
      // What the database says of a bridge that ovs-vswitchd gave up is what was true before.
      spec: { datapath: row.datapath, carried: links.has(row.name) },
      mark: ovsMark('Bridge', row.externalIds),
      handle: row.uuid,
      incarnation: row.uuid,
      needs: [],
      claims: () => [nameClaim(row.name)],
      strayGroup: null,
    }));
  },

  compare: (before, after) => diffFields(before, after, ['datapath', 'carried']),
  // Another datapath means that every port is opened anew.
  effect: (fields) => ({
    action: 'update',
    impact: fields.some((f) => f.field === 'datapath') ? 'interrupt' : 'none',
  }),
  removal: () => 'interrupt',
  // Its local port is a link of the same name.
  claims: (name) => [nameClaim(name)],
  without: (before) => before.spec,
  describe: (name) => `Open vSwitch bridge ${name}`,

  simulate(state, { before, after }) {
    const { ovs } = state;
    if (ovs === null) return;
    const standing = ovs.bridges.find((row) => row.uuid === before?.handle);
    if (standing !== undefined && (after === null || after.spec.datapath !== standing.datapath)) {
      const link = state.links.find(({ name }) => name === standing.name);
      if (link !== undefined) removeLink(state, link.name, link.index);
    }
    if (after === null) {
      ovs.bridges = ovs.bridges.filter((row) => row !== standing);
      return;
    }
    const row = standing ?? { uuid: `new-${after.name}`, name: after.name, externalIds: {}, ports: [] };
    Object.assign(row, {
      datapath: after.spec.datapath,
      externalIds: { ...row.externalIds, [OVS_OWNER_KEY]: after.owner },
    });
    if (!state.links.some(({ name }) => name === after.name)) addLink(state, after.name);
    if (standing === undefined) ovs.bridges.push({ datapath: after.spec.datapath, ...row });
  },

  steps({ action, before, after }) {
    const externalIds = after === null ? {} : { [OVS_OWNER_KEY]: after.owner };
    if (action === 'update' && before !== null && after !== null) {
      const { datapath } = after.spec;
      return {
        unmake: [],
        make: [
          { word: 'set', tool: 'ovs', op: { do: 'setBridge', uuid: before.handle, datapath, externalIds } },
        ],
      };
    }
    return {
      unmake:
        before === null
          ? []
          : [{ word: 'delete', tool: 'ovs', op: { do: 'deleteBridge', uuid: before.handle } }],
      make:
        after === null
          ? []
          : [
              {
                word: 'add',
                tool: 'ovs',
                op: { do: 'addBridge', name: after.name, datapath: after.spec.datapath, externalIds },
              },
            ],
    };
  },
};
