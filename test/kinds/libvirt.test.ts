import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { libvirtActiveKind } from '../../src/kinds/libvirt/active.ts';
import { compareContent } from '../../src/kinds/libvirt/content.ts';
import { derivedNetworkUuid } from '../../src/model/identity.ts';
import type { Observed } from '../../src/model/resource.ts';
import type { LibvirtActiveSpec, LibvirtContent } from '../../src/model/specs.ts';
import type { LibvirtUpdate } from '../../src/model/step.ts';
import { content } from '../tools/virsh/network-text.ts';

function observed(spec: LibvirtActiveSpec): Observed<'libvirt-active'> {
  return {
    kind: 'libvirt-active',
    id: 'libvirt-active:red',
    name: 'red',
    spec,
    mark: { is: 'ours', owner: 'Network/red' },
    handle: derivedNetworkUuid('red'),
    incarnation: '',
    needs: [],
    claims: () => [],
    strayGroup: null,
  };
}

/** As virnetworkobj does it: each by itself, and never two default port groups. */
function updated(before: LibvirtContent, updates: readonly LibvirtUpdate[]): LibvirtContent {
  let { devices, portGroups } = before;
  for (const update of updates) {
    if (update.section === 'forward-interface') devices = [...devices, update.device];
    else {
      const { command, portGroup } = update;
      const others = portGroups.filter(({ name }) => name !== portGroup.name);
      expect(others.length === portGroups.length).toBe(command === 'add');
      portGroups = command === 'delete' ? others : [...others, portGroup];
    }
    expect(portGroups.filter((group) => group.default).length).toBeLessThan(2);
  }
  return { ...before, devices, portGroups };
}

function updatesFor(before: LibvirtActiveSpec, after: LibvirtContent): LibvirtUpdate[] | null {
  const fields = compareContent(before, after);
  const standing = observed(before);
  const { action, impact } = libvirtActiveKind.effect(fields, standing, after);
  expect(impact).toBe('none');
  if (action === 'replace') return null;
  const [step] = libvirtActiveKind.steps(
    {
      id: standing.id,
      kind: 'libvirt-active',
      name: 'red',
      action,
      before: standing,
      after: {
        ...standing,
        spec: after,
        owner: 'Network/red',
        source: { file: '', line: 1, column: 1 },
        guests: [],
        network: 'red',
        expects: [],
        adopt: false,
      },
      fields,
      impact,
      reason: 'differs',
      guests: [],
      network: 'red',
      gate: { is: 'open' },
    },
    { linkRef: (name) => name, ipv6: true, inRing: new Set() },
  ).make;
  return step?.tool === 'virsh' && step.op.do === 'update' ? [...step.op.updates] : [];
}

describe('a network of libvirt that runs', () => {
  it('is brought to any port groups and to more links while it runs', () => {
    fc.assert(
      fc.property(content, content, ({ portGroups, devices }, before) => {
        const grown = before.bridge === null ? [...new Set([...before.devices, ...devices])] : [];
        const after = { ...before, portGroups, devices: grown };
        const updates = updatesFor(before, after);
        expect(updates).not.toBeNull();
        expect(compareContent(updated(before, updates ?? []), after)).toEqual([]);
      }),
    );
  });

  it('is made anew for everything else, and for what libvirt would forget', () => {
    const plain: LibvirtContent = {
      mode: 'passthrough',
      bridge: null,
      devices: ['eth2', 'eth3'],
      openvswitch: false,
      isolated: false,
      portGroups: [],
      other: [],
    };
    expect(updatesFor(plain, { ...plain, devices: ['eth2'] })).toBeNull();
    expect(updatesFor(plain, { ...plain, mode: 'vepa' })).toBeNull();
    expect(updatesFor({ ...plain, other: ['bandwidth'] }, plain)).toBeNull();
    const grown = { ...plain, devices: ['eth2', 'eth3', 'eth4'] };
    expect(updatesFor({ ...plain, connected: 1 }, grown)).toBeNull();
    expect(updatesFor({ ...plain, connected: 0 }, grown)).toHaveLength(1);
  });
});
