import type { Mark } from '../model/mark.ts';
import { OVS_OWNER_KEY } from '../model/mark.ts';
import { idOf } from '../model/resource.ts';
import type { KindModule } from './kind.ts';
import { diffFields } from './kind.ts';
import { nameClaim } from './link/observe.ts';

/** A row of Open vSwitch's Bridge table. */
export const ovsBridgeKind: KindModule<'ovs-bridge'> = {
  kind: 'ovs-bridge',
  cosmetic: [],

  observe(state) {
    return (state.ovs?.bridges ?? []).map((row) => ({
      kind: 'ovs-bridge',
      id: idOf('ovs-bridge', row.name),
      name: row.name,
      spec: { datapath: row.datapath },
      mark: ovsMark(row.externalIds),
      handle: row.uuid,
      incarnation: row.uuid,
      needs: [],
      claims: [nameClaim(row.name)],
      strayGroup: null,
    }));
  },

  compare: (before, after) => diffFields(before, after, ['datapath']),
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
    if (after === null) {
      ovs.bridges = ovs.bridges.filter((row) => row !== standing);
      return;
    }
    const row = standing ?? { uuid: `new-${after.name}`, name: after.name, externalIds: {}, ports: [] };
    Object.assign(row, {
      datapath: after.spec.datapath,
      externalIds: { ...row.externalIds, [OVS_OWNER_KEY]: after.owner },
    });
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

/** Whose a row is. A transaction is atomic, so no row is ever unfinished. */
export function ovsMark(externalIds: Readonly<Record<string, string>>): Mark {
  const owner = externalIds[OVS_OWNER_KEY];
  return owner === undefined ? { is: 'foreign' } : { is: 'ours', owner };
}
