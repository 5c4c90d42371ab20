import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/plan/simulate.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';
import { asFleet, NICS, validFleets } from '../support/valid-fleets.ts';

const FRESH = makeHost(NICS.map((name, index) => nic(index + 2, name)));
const fleets = validFleets({ serving: false }).map(asFleet);

describe('from one fleet to another', () => {
  it('is one apply, which does all of it', () => {
    fc.assert(
      fc.property(fleets, fleets, (before, after) => {
        const first = planInMemory(before, 'a', FRESH);
        const standing = simulate(FRESH, first.plan.changes, first.steps);
        const second = planInMemory(after, 'a', standing);
        // A guest that stands on a NIC is not moved to make room for another.
        fc.pre(![first, second].some(({ plan }) => plan.problems.some(({ code }) => code === 'pool-full')));
        expect([first.plan.problems, second.plan.problems]).toEqual([[], []]);
        expect(second.plan.changes.filter(({ gate }) => gate.is !== 'open')).toEqual([]);
        const end = simulate(standing, second.plan.changes, second.steps);
        expect(planInMemory(after, 'a', end).plan.changes).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
