import { derivedNetworkUuid } from '../../model/identity.ts';
import { idOf } from '../../model/resource.ts';
import type { LibvirtContent } from '../../model/specs.ts';
import type { KindModule } from '../kind.ts';
import { diffFields } from '../kind.ts';
import { compareContent, contentText } from './content.ts';
import { libvirtMark, setNetwork } from './state.ts';

/**
 * A network of libvirt's as it is defined. A definition touches no guest: it is what the network becomes when it is
 * started the next time, so it is written whoever is connected.
 */
export const libvirtNetworkKind: KindModule<'libvirt-network'> = {
  kind: 'libvirt-network',
  cosmetic: [],

  observe: ({ libvirt }) =>
    (libvirt?.networks ?? []).flatMap((network) => {
      const mark = libvirtMark(network);
      // A stranger has the name, defined or not.
      const content = network.defined ?? (mark.is === 'foreign' ? network.running : null);
      if (content === null) return [];
      return {
        kind: 'libvirt-network',
        id: idOf('libvirt-network', network.name),
        name: network.name,
        spec: { ...content, autostart: network.autostart },
        mark,
        handle: network.uuid,
        incarnation: network.uuid,
        needs: [],
        claims: () => [],
        strayGroup: null,
      };
    }),

  compare: (before, after) => [...compareContent(before, after), ...diffFields(before, after, ['autostart'])],
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  without: ({ spec }) => spec,
  describe: (name, spec) => `libvirt network ${name}, ${contentText(spec)}`,

  steps({ before, after, name }) {
    if (after !== null) {
      const op = { do: 'define', name, uuid: derivedNetworkUuid(name), spec: after.spec } as const;
      return { unmake: [], make: [{ word: 'define', tool: 'virsh', op }] };
    }
    if (before === null) return { unmake: [], make: [] };
    const op = { do: 'undefine', name, uuid: before.handle } as const;
    return { unmake: [{ word: 'undefine', tool: 'virsh', op }], make: [] };
  },

  simulate(state, { name, after }) {
    setNetwork(state, name, (network) => {
      if (after === null) return { ...network, defined: null };
      const { autostart, ...content }: { autostart: boolean } & LibvirtContent = after.spec;
      return { ...network, autostart, defined: content };
    });
  },
};
