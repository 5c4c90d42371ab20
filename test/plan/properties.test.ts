import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/desired/fleet.ts';
import { observeResources } from '../../src/kinds/registry.ts';
import type { HostState } from '../../src/model/host.ts';
import { linkMark, ovsMark } from '../../src/model/mark.ts';
import type { AnyChange } from '../../src/model/plan.ts';
import type { Step } from '../../src/model/step.ts';
import type { Planned } from '../../src/plan/plan.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { planInMemory } from '../support/host.ts';
import { drift, fleets, hosts } from './worlds.ts';

const RUNS = { numRuns: 400 };

function open(planned: Planned) {
  return planned.plan.changes.filter((change) => change.gate.is === 'open');
}

/** What a run has come to by its first steps: of a change that is only begun, no more than the removal of what stood. */
function midway(state: HostState, { plan, steps }: Planned, done: number): HostState {
  const begun = new Set(steps.slice(done).map((step) => step.change));
  const effective = steps.slice(0, done).filter((step) => !begun.has(step.change) || removes(step));
  const changes = plan.changes.map((change) =>
    begun.has(change.id) ? ({ ...change, action: 'delete', after: null } as AnyChange) : change,
  );
  return simulate(state, changes, effective);
}

function removes(step: Step): boolean {
  return step.tool === 'ip-delete' || (step.tool === 'ovs' && step.op.do.startsWith('delete'));
}

/** Slots that two resources hold at once, against one another. */
function clashes(state: HostState): string[] {
  const holders = new Map<string, (string | null)[]>();
  for (const observed of observeResources(state)) {
    for (const { slot, share } of observed.claims()) holders.set(slot, [...(holders.get(slot) ?? []), share]);
  }
  return [...holders]
    .filter(([, shares]) => shares.length > 1 && (shares.includes(null) || new Set(shares).size > 1))
    .map(([slot]) => slot)
    .sort();
}

/** Addresses and routes, wherever they are. */
function ownOf({ links, routes = [] }: HostState): string[] {
  return [
    ...new Set(links.flatMap((link) => link.addresses.map(({ local }) => local))),
    ...routes.map(({ devices, ...route }) => JSON.stringify(route)),
  ].sort();
}

function movesAddresses(fleet: Fleet): boolean {
  return [...fleet.hosts.values()].some((host) =>
    Object.values(host.spec.networks ?? {}).some(
      (entry) => entry.type === 'bridge' && entry.moveAddresses === true,
    ),
  );
}

function shuffled(fleet: Fleet): Fleet {
  const reversed = <T>(map: ReadonlyMap<string, T>) => new Map([...map].reverse());
  return { ...fleet, networks: reversed(fleet.networks), guests: reversed(fleet.guests) };
}

describe('a plan', () => {
  it('leads to a host on which there is nothing more to do', () => {
    fc.assert(
      fc.property(
        fleets,
        fleets,
        hosts,
        fc.array(fc.nat(), { maxLength: 4 }),
        (first, second, fresh, choices) => {
          let state = fresh;
          for (const fleet of [first, second, first]) {
            const planned = planInMemory(fleet, 'h', state);
            state = simulate(state, planned.plan.changes, planned.steps);
            const again = planInMemory(fleet, 'h', state);
            expect(open(again).map(({ id, action, fields }) => ({ id, action, fields }))).toEqual([]);
            state = drift(state, choices);
          }
          const gone = planInMemory(null, 'h', state);
          const end = simulate(state, gone.plan.changes, gone.steps);
          expect(end.links.filter((link) => linkMark(link).is === 'ours').map((link) => link.name)).toEqual(
            gone.plan.changes.filter((c) => c.gate.is !== 'open' && c.kind === 'link').map((c) => c.name),
          );
        },
      ),
      RUNS,
    );
  });

  it('never touches what is not ours, but for the membership of uplinks that the documents name', () => {
    fc.assert(
      fc.property(fleets, fleets, hosts, (first, second, fresh) => {
        let state = fresh;
        for (const fleet of [first, second]) {
          const planned = planInMemory(fleet, 'h', state);
          for (const change of open(planned)) {
            const adopts = change.after?.adopt === true && change.action === 'update';
            if (change.before?.mark.is === 'foreign') expect(adopts).toBe(true);
          }
          const end = simulate(state, planned.plan.changes, planned.steps);
          const asksToMove = [first, second].some(movesAddresses);
          for (const before of state.links) {
            if (before.alias !== null || linkMark(before).is === 'unfinished') continue;
            // The local port of an Open vSwitch bridge goes with it.
            const own = state.ovs?.bridges.find(({ name }) => name === before.name);
            if (own !== undefined && ovsMark('Bridge', own.externalIds).is === 'ours') continue;
            const after = end.links.find((link) => link.name === before.name);
            const adopted = after?.alias?.startsWith('plumbline:Guest/') ?? false;
            if (adopted) continue;
            const { master, port, addresses, globalAddresses, ...kept } = before;
            expect(after).toMatchObject(kept);
            if (!asksToMove) expect(after).toMatchObject({ addresses, globalAddresses });
            if (!before.name.startsWith('eth')) expect(after).toMatchObject({ master, port });
          }
          state = end;
        }
      }),
      RUNS,
    );
  });

  it('takes nothing that something else still holds, at no step of the way', () => {
    fc.assert(
      fc.property(fleets, fleets, hosts, (first, second, fresh) => {
        let state = fresh;
        for (const fleet of [first, second, null]) {
          const planned = planInMemory(fleet, 'h', state);
          for (let done = 1; done <= planned.steps.length; done += 1) {
            expect(clashes(midway(state, planned, done))).toEqual(clashes(state));
          }
          state = simulate(state, planned.plan.changes, planned.steps);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('never loses an address or a route of the host itself, at no step of the way, and gives all of them back', () => {
    fc.assert(
      fc.property(fleets, fleets, hosts, (first, second, fresh) => {
        let state = fresh;
        for (const fleet of [first, second, null]) {
          const planned = planInMemory(fleet, 'h', state);
          for (let done = 1; done <= planned.steps.length; done += 1) {
            expect(ownOf(midway(state, planned, done))).toEqual(ownOf(fresh));
          }
          state = simulate(state, planned.plan.changes, planned.steps);
        }
        const nics = (host: HostState) => host.links.filter((link) => link.name.startsWith('eth'));
        const places = ({ links, routes }: HostState) => ({
          addresses: links.map(({ name, addresses }) => [name, addresses.map(({ local }) => local).sort()]),
          routes,
        });
        expect(places({ ...state, links: nics(state) })).toEqual(places({ ...fresh, links: nics(fresh) }));
      }),
      RUNS,
    );
  });

  it('is the same for the same documents in another order', () => {
    fc.assert(
      fc.property(fleets, hosts, (fleet, host) => {
        // What can be told of it: what stands has functions too.
        const told = (documents: typeof fleet) => JSON.stringify(planInMemory(documents, 'h', host), null, 1);
        expect(told(shuffled(fleet))).toBe(told(fleet));
      }),
      RUNS,
    );
  });

  it('keeps every held device and what carries its traffic', () => {
    fc.assert(
      fc.property(fleets, fleets, hosts, fc.infiniteStream(fc.boolean()), (first, second, fresh, coins) => {
        const planned = planInMemory(first, 'h', fresh);
        const state = simulate(fresh, planned.plan.changes, planned.steps);
        const names = state.links
          .filter((link) => link.alias?.startsWith('plumbline:Guest/'))
          .map((link) => link.name)
          .filter(() => coins.next().value);
        const held = new Map(names.map((name) => [name, { is: 'held' as const, pids: [1] }]));
        const next = planInMemory(second, 'h', state, { held });
        const end = simulate(state, next.plan.changes, next.steps);
        for (const name of names) {
          const before = state.links.find((link) => link.name === name);
          const after = end.links.find((link) => link.name === name);
          expect(after?.index).toBe(before?.index);
          const wanted = after?.alias === before?.alias;
          expect(wanted).toBe(true);
          // A tap that nobody wants here any more keeps its way out, until it is let go.
          const leaving = next.plan.changes.some((c) => c.id === `link:${name}` && c.action === 'delete');
          if (leaving) expect(after?.master).toBe(before?.master);
          if (leaving && before !== undefined) {
            const bridgeOf = (s: typeof state) =>
              s.ovs?.bridges.find((bridge) => bridge.ports.some((port) => port.name === name))?.name;
            expect(bridgeOf(end)).toBe(bridgeOf(state));
          }
        }
      }),
      RUNS,
    );
  });
});
