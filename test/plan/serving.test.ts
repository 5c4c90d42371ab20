import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeResources } from '../../src/kinds/registry.ts';
import type { HostState } from '../../src/model/host.ts';
import { recordedGateways } from '../../src/model/mark.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { planInMemory } from '../support/host.ts';
import { driftServing, servings } from './serving-worlds.ts';
import { drift, fleets, hosts } from './worlds.ts';

const RUNS = { numRuns: 200 };
const choices = fc.array(fc.nat(), { maxLength: 4 });

/** Addresses and routes that are nobody's but the strangers'. */
function strangers(state: HostState): string[] {
  return observeResources(state)
    .filter(({ kind, mark }) => (kind === 'address' || kind === 'route') && mark.is === 'foreign')
    .map(({ id, spec }) => `${id} ${JSON.stringify(spec)}`)
    .sort();
}

function ours(state: HostState): string[] {
  return [
    ...state.links.flatMap(({ altnames }) => recordedGateways(altnames).map(({ altname }) => altname)),
    ...(state.routes ?? []).filter(({ protocol }) => protocol === 112).map(({ destination }) => destination),
  ];
}

describe('a plan with what serves networks', () => {
  it('leads to a host on which there is nothing more to do, and back to one on which nothing is left', () => {
    const property = fc.property(
      fleets,
      fleets,
      hosts,
      servings,
      servings,
      choices,
      (first, second, fresh, a, b, some) => {
        let state = fresh;
        for (const [fleet, extra] of [
          [first, a],
          [second, b],
          [first, a],
          [first, b],
        ] as const) {
          const planned = planInMemory(fleet, 'h', state, { extra });
          state = simulate(state, planned.plan.changes, planned.steps);
          const again = planInMemory(fleet, 'h', state, { extra });
          const open = again.plan.changes.filter(({ gate }) => gate.is === 'open');
          expect(open.map(({ id, action, fields }) => ({ id, action, fields }))).toEqual([]);
          state = driftServing(drift(state, some), some);
        }
        const gone = planInMemory(null, 'h', state);
        const kept = gone.plan.changes.filter(({ gate }) => gate.is !== 'open');
        const end = simulate(state, gone.plan.changes, gone.steps);
        expect(kept.filter(({ kind }) => kind === 'address' || kind === 'route')).toEqual([]);
        expect(ours(end)).toEqual([]);
      },
    );
    fc.assert(property, RUNS);
    // A port's replacement was held up by the link that goes with it, and went ahead without.
    fc.assert(property, { numRuns: 101, seed: -619843416 });
  });

  it('leaves the addresses and routes of strangers alone, at every step of the way', () => {
    fc.assert(
      fc.property(hosts, servings, servings, (fresh, a, b) => {
        let state = fresh;
        for (const extra of [a, b, []]) {
          const adopted = new Set(extra.filter(({ adopt }) => adopt).map(({ id }) => String(id)));
          const { plan, steps } = planInMemory(null, 'h', state, { extra });
          const after = simulate(state, plan.changes, steps);
          const kept = strangers(state).filter((text) => !adopted.has(text.split(' ')[0] ?? ''));
          expect(strangers(after)).toEqual(expect.arrayContaining(kept));
          state = after;
        }
      }),
      RUNS,
    );
  });

  it('never has a gateway on two links, nor a subnet without one while it gets another', () => {
    fc.assert(
      fc.property(hosts, servings, servings, (fresh, a, b) => {
        const first = planInMemory(null, 'h', fresh, { extra: a });
        const state = simulate(fresh, first.plan.changes, first.steps);
        const { plan, steps } = planInMemory(null, 'h', state, { extra: b });
        const end = simulate(state, plan.changes, steps);
        const anew = new Set(
          plan.changes
            .filter(({ kind, action }) => kind === 'link' && action !== 'update')
            .map(({ name }) => name),
        );
        const lasting = subnets(state).filter(
          (one) => subnets(end).includes(one) && !anew.has(one.split(' ')[0] ?? ''),
        );
        for (let done = 1; done <= steps.length; done += 1) {
          const begun = new Set(steps.slice(done).map((step) => step.change));
          const midway = simulate(
            state,
            plan.changes,
            steps.slice(0, done).filter((step) => !begun.has(step.change)),
          );
          const all = midway.links.flatMap(({ addresses }) => addresses.map(({ local }) => local));
          expect(all.filter((one, i) => one.startsWith('10.') && all.indexOf(one) !== i)).toEqual([]);
          expect(subnets(midway)).toEqual(expect.arrayContaining(lasting));
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** `br-lab 10.1.0`: where the host has a gateway. */
function subnets({ links }: HostState): string[] {
  return links.flatMap(({ name, addresses }) =>
    addresses.flatMap(({ local }) =>
      local.startsWith('10.') ? `${name} ${local.split('.').slice(0, 3).join('.')}` : [],
    ),
  );
}
