import { observeResources } from '../../src/kinds/registry.ts';
import { recordedGateways } from '../../src/model/mark.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { AnyWanted, Held } from '../../src/model/resource.ts';
import { DEFAULT_GUARD } from '../../src/plan/guard.ts';
import type { Planned } from '../../src/plan/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { executeSteps } from '../../src/run/execute.ts';
import { observeTask } from '../../src/run/observe.ts';
import type { Task } from '../../src/run/task.ts';

/** What became of a list of wanted resources, without documents: for kinds whose documents come by others. */
export interface AppliedWanted {
  /** `create address br0/10.20.0.1/24`, in the order of the report. */
  changes: string[];
  /** Of those that were not done, and of problems, the words. */
  troubles: string[];
  /** What a plan made after it would still do. */
  left: string[];
}

/** To be called in the namespace of the host that is to be changed. */
export async function applyWanted(wanted: AnyWanted[]): Promise<AppliedWanted> {
  const { plan, troubles } = await applyFirst(wanted, Number.POSITIVE_INFINITY);
  const after = await planWanted(wanted);
  return {
    changes: wordsOf(plan),
    troubles: [...plan.problems.map(({ code, message }) => `${code}: ${message}`), ...troubles],
    left: wordsOf(after.plan),
  };
}

/**
 * Goes up and down again, cut off after one more step each time until nothing is cut off any more. What a cut leaves
 * must be owned: an address that stands is recorded; and the next run brings it to its end.
 */
export async function cutOffEverywhere(
  wanted: AnyWanted[],
): Promise<{ troubles: string[]; up: number; down: number }> {
  const troubles: string[] = [];
  const cuts = { up: 0, down: 0 };
  for (const way of ['up', 'down'] as const) {
    const [from, to] = way === 'up' ? [[], wanted] : [wanted, []];
    for (let steps = 0, all = 1; steps < all; steps++) {
      await applyFirst(from, Number.POSITIVE_INFINITY);
      all = (await applyFirst(to, steps)).steps;
      cuts[way] = all;
      troubles.push(...(await unowned()).map((text) => `${way} ${steps}: ${text} is not recorded`));
      const rest = await applyWanted(to);
      troubles.push(...[...rest.troubles, ...rest.left].map((text) => `${way} ${steps}: ${text}`));
    }
  }
  return { troubles, ...cuts };
}

async function unowned(): Promise<string[]> {
  const { links } = await observeTask(TASK);
  return links.flatMap(({ name, altnames, globalAddresses }) => {
    const recorded = recordedGateways(altnames).map(({ address, prefix }) => `${address}/${prefix}`);
    return globalAddresses.filter((text) => !recorded.includes(text)).map((text) => `${text} of ${name}`);
  });
}

async function applyFirst(wanted: AnyWanted[], count: number) {
  const { plan, steps } = await planWanted(wanted);
  const cut = steps.slice(0, count);
  const outcomes = await executeSteps(cut, { env: process.env, stop: () => false, onProgress: () => {} });
  const troubles = [...outcomes].flatMap(([id, { result, message }]) =>
    result === 'done' ? [] : [`${id}: ${result} ${message}`],
  );
  return { plan, troubles, steps: steps.length };
}

function wordsOf({ changes }: Plan): string[] {
  return changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
}

async function planWanted(wanted: AnyWanted[]): Promise<Planned> {
  const state = await observeTask(TASK);
  return makePlan({
    host: 'h',
    revision: null,
    wanted,
    observed: observeResources(state),
    unplanned: new Set(),
    problems: [],
    networks: [],
    guests: 0,
    held: new Map<string, Held>(),
    facts: { globalAddresses: () => [], mtu: () => null },
    ipv6: state.ipv6 !== false,
    guard: DEFAULT_GUARD,
    allowRecreate: false,
    allowPrune: true,
    withheld: new Map(),
    pausedGuests: new Set(),
  });
}

/** As for a teardown: everything is read. */
const TASK: Task = {
  desired: null,
  host: 'h',
  revision: null,
  allowRecreate: false,
  allowPrune: true,
  guard: DEFAULT_GUARD,
  deviceOwner: null,
  datapath: null,
  skipped: new Map(),
  notices: [],
  env: process.env,
};
