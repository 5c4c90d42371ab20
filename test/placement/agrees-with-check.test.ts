import fc from 'fast-check';
import { expect, it } from 'vitest';
import { weightOf } from '../../src/placement/reason.ts';
import { PlacementView } from '../../src/placement/view.ts';
import { whereCanBe } from '../../src/placement/where.ts';
import { errorsOf, fleetOf, validFleets } from './small-fleets.ts';

/** Two blocks that check knows nothing of: being there already, and a VLAN that is another. */
const BEYOND_CHECK = new Set(['here', 'other-segment']);

it('blocks what check would find an error in, and nothing else', () => {
  fc.assert(
    fc.property(validFleets({ hosts: 4, guests: 7 }), (parts) => {
      const view = new PlacementView(fleetOf(parts), []);
      for (const [name, spec] of Object.entries(parts.guests)) {
        const guest = view.guest(name);
        if (guest === undefined) throw new Error(`no ${name}`);
        for (const { host, reasons } of whereCanBe(view, guest, true)) {
          if (host === spec.host) continue;
          const blocks = reasons.filter((one) => weightOf(one) === 'blocks' && !BEYOND_CHECK.has(one.code));
          const standby = spec.standby?.filter((one) => one !== host) ?? [];
          const moved = { ...parts, guests: { ...parts.guests, [name]: { ...spec, host, standby } } };
          const onTheWay = {
            ...parts,
            guests: { ...parts.guests, [name]: { ...spec, migratingTo: host, standby } },
          };
          if (blocks.length > 0) {
            expect(errorsOf(onTheWay), JSON.stringify({ name, host, blocks })).not.toEqual([]);
          } else {
            expect(errorsOf(moved), `${name} moved to ${host}`).toEqual([]);
            expect(errorsOf(onTheWay), `${name} on the way to ${host}`).toEqual([]);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);
