import fc from 'fast-check';
import type { LibvirtContent } from '../../../src/model/specs.ts';

const linkName = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/);
const groupName = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);
const tags = fc
  .uniqueArray(fc.integer({ min: 1, max: 4094 }), { minLength: 1, maxLength: 5 })
  .map((list) => list.sort((a, b) => a - b));
const vlan = fc.oneof(
  fc.integer({ min: 1, max: 4094 }).map((tag) => ({ trunk: false, tags: [tag], native: null })),
  tags.map((list) => ({ trunk: true, tags: list, native: null })),
  tags.map((list) => ({ trunk: true, tags: list, native: list[0] ?? null })),
);

const portGroups = fc
  .uniqueArray(fc.record({ name: groupName, vlan: fc.option(vlan) }), {
    selector: ({ name }) => name,
    maxLength: 4,
  })
  .chain((groups) =>
    fc
      .nat({ max: groups.length })
      .map((chosen) => groups.map((group, i) => ({ ...group, default: i === chosen }))),
  );

/** What Plumbline tells libvirt of networks. */
export const content: fc.Arbitrary<LibvirtContent> = fc
  .record({
    place: fc.oneof(
      fc.record({ bridge: linkName, openvswitch: fc.boolean() }),
      fc.record({
        mode: fc.constantFrom('bridge', 'vepa', 'private', 'passthrough'),
        devices: fc.uniqueArray(linkName, { minLength: 1, maxLength: 4 }),
      }),
    ),
    isolated: fc.boolean(),
    portGroups,
  })
  .map(({ place, ...rest }) => ({
    mode: 'bridge',
    bridge: null,
    devices: [],
    openvswitch: false,
    other: [],
    ...place,
    ...rest,
  }));
