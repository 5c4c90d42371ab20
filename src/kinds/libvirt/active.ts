import { byName } from '../../model/by-name.ts';
import { derivedNetworkUuid } from '../../model/identity.ts';
import { idOf } from '../../model/resource.ts';
import type { LibvirtActiveSpec } from '../../model/specs.ts';
import type { LibvirtUpdate } from '../../model/step.ts';
import type { KindModule } from '../kind.ts';
import { compareContent, contentText, portGroupText } from './content.ts';
import { libvirtMark, setNetwork } from './state.ts';

/**
 * A network of libvirt's as it runs. What libvirt takes of a network that runs (`net-update --live`) is changed under
 * its guests, and none of them notices: it is for those that are plugged in later. For the rest it is stopped and
 * started, which is held back for as long as guests are connected to it.
 */
export const libvirtActiveKind: KindModule<'libvirt-active'> = {
  kind: 'libvirt-active',
  cosmetic: [],

  observe: ({ libvirt }) =>
    (libvirt?.networks ?? []).flatMap((network) => {
      const mark = libvirtMark(network);
      const { name, uuid, running, defined, connections } = network;
      if (running === null || mark.is === 'foreign') return [];
      return {
        kind: 'libvirt-active',
        id: idOf('libvirt-active', name),
        name,
        spec: { ...running, connected: connections },
        mark,
        handle: uuid,
        incarnation: uuid,
        // So that it is stopped before its definition goes.
        needs: defined === null ? [] : [{ id: idOf('libvirt-network', name), incarnation: false }],
        claims: () => [],
        strayGroup: null,
      };
    }),

  compare: compareContent,
  effect: (_fields, before, after) => ({
    action: liveUpdates(before.spec, after) === null ? 'replace' : 'update',
    impact: 'none',
  }),
  removal: () => 'none',
  claims: () => [],
  without: ({ spec }) => spec,
  describe: (name, spec) => `libvirt network ${name} started, ${contentText(spec)}`,

  steps({ action, before, after, name }) {
    const uuid = before?.handle ?? derivedNetworkUuid(name);
    if (action === 'update' && before !== null && after !== null) {
      const updates = liveUpdates(before.spec, after.spec) ?? [];
      return {
        unmake: [],
        make: [{ word: 'update', tool: 'virsh', op: { do: 'update', name, uuid, updates } }],
      };
    }
    return {
      unmake: before === null ? [] : [{ word: 'stop', tool: 'virsh', op: { do: 'stop', name, uuid } }],
      make: after === null ? [] : [{ word: 'start', tool: 'virsh', op: { do: 'start', name, uuid } }],
    };
  },

  simulate(state, { name, action, after }) {
    setNetwork(state, name, (network) => {
      if (after === null) return { ...network, running: null, connections: 0 };
      const { connected: _, ...content } = after.spec;
      // It starts as it is defined.
      return { ...network, running: action === 'create' ? network.defined : content };
    });
  },
};

/** What `net-update --live` is told; null where that does not do it. One default port group goes before another comes. */
function liveUpdates(before: LibvirtActiveSpec, after: LibvirtActiveSpec): LibvirtUpdate[] | null {
  const others = compareContent({ ...before, devices: after.devices, portGroups: after.portGroups }, after);
  if (others.length > 0) return null;
  // libvirt 9.0 forgets with an update which guests are on which link: it would take away one that has some, or give
  // one that is passed through to a second guest.
  if (before.devices.some((device) => !after.devices.includes(device))) return null;
  if (before.mode === 'passthrough' && (before.connected ?? 0) > 0) return null;
  const come = after.devices.filter((device) => !before.devices.includes(device));
  return [
    ...portGroupUpdates(before, after),
    ...come.map((device) => ({ section: 'forward-interface', command: 'add', device }) as const),
  ];
}

function portGroupUpdates(before: LibvirtActiveSpec, after: LibvirtActiveSpec): LibvirtUpdate[] {
  const had = byName(before.portGroups);
  const has = byName(after.portGroups);
  const gone = before.portGroups.filter(({ name }) => !has.has(name));
  const changed = after.portGroups.filter((one) => {
    const old = had.get(one.name);
    return old !== undefined && portGroupText(old) !== portGroupText(one);
  });
  const come = after.portGroups.filter(({ name }) => !had.has(name));
  const updates: LibvirtUpdate[] = [
    ...gone.map((portGroup) => ({ section: 'portgroup', command: 'delete', portGroup }) as const),
    ...changed.map((portGroup) => ({ section: 'portgroup', command: 'modify', portGroup }) as const),
    ...come.map((portGroup) => ({ section: 'portgroup', command: 'add', portGroup }) as const),
  ];
  return updates.sort((a, b) => Number(isDefault(a)) - Number(isDefault(b)));
}

function isDefault(update: LibvirtUpdate): boolean {
  return update.section === 'portgroup' && update.command !== 'delete' && update.portGroup.default;
}
