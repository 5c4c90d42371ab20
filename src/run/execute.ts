import type { HostState } from '../model/host.ts';
import type { Outcome } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import type { Step } from '../model/step.ts';
import { type PlainIpStep, StepRunner } from './step-runner.ts';

export interface ExecuteOptions {
  env: NodeJS.ProcessEnv;
  /** The host as the plan saw it, so that it is not looked at again for each tool. */
  seen?: HostState;
  /** Asked between batches. */
  stop(): boolean;
  onProgress(done: number, total: number): void;
}

/** What became of a step; one that nothing became of is not in the map. */
type StepState = { is: 'done' } | { is: 'failed'; message: string } | { is: 'lost'; to: Step };

/**
 * Executes steps in phases: all that wait for nothing that is still to come go together, one batch for each tool. A
 * step that failed takes with it only what waits for it.
 */
export async function executeSteps(
  steps: readonly Step[],
  options: ExecuteOptions,
): Promise<Map<Id, Outcome>> {
  const states = new Map<string, StepState>();
  // Asked for where one failed.
  let byKey: Map<string, Step> | null = null;
  const stepOf = (key: string) => {
    byKey ??= new Map(steps.map((step) => [step.key, step]));
    return byKey.get(key);
  };
  const runner = new StepRunner(options);
  let waiting = [...steps];
  try {
    while (waiting.length > 0 && !options.stop()) {
      const { ready, lost, later } = sortOut(waiting, states, stepOf);
      for (const { step, to } of lost) states.set(step.key, { is: 'lost', to });
      if (ready.length === 0 && lost.length === 0) {
        throw new Error('steps wait for one another: the plan has a cycle');
      }
      const done = states.size;
      const results = await runner.run(ready, ipPhasesAfter(ready, later, states, stepOf), (n) =>
        options.onProgress(done + n, steps.length),
      );
      results.forEach((result, key) => {
        states.set(key, result.ok ? STEP_DONE : { is: 'failed', message: result.message });
      });
      waiting = [...later, ...ready].filter((step) => !states.has(step.key));
    }
  } finally {
    runner.close();
  }
  return changeOutcomes(steps, states);
}

const STEP_DONE: StepState = { is: 'done' };

interface SortedOut {
  ready: Step[];
  lost: { step: Step; to: Step }[];
  later: Step[];
}

function sortOut(
  waiting: readonly Step[],
  states: ReadonlyMap<string, StepState>,
  stepOf: (key: string) => Step | undefined,
): SortedOut {
  const sorted: SortedOut = { ready: [], lost: [], later: [] };
  const isDone = (key: string) => states.get(key)?.is === 'done';
  waiting.forEach((step) => {
    if (step.after.every(isDone)) {
      sorted.ready.push(step);
      return;
    }
    const to = causeOf(step, states, stepOf);
    if (to === undefined) sorted.later.push(step);
    else sorted.lost.push({ step, to });
  });
  return sorted;
}

/** The step that failed and takes this one with it; undefined where none has. */
function causeOf(
  { after }: Step,
  states: ReadonlyMap<string, StepState>,
  stepOf: (key: string) => Step | undefined,
): Step | undefined {
  for (const key of after) {
    const state = states.get(key);
    if (state?.is === 'failed') return stepOf(key);
    if (state?.is === 'lost') return state.to;
  }
  return undefined;
}

/**
 * What comes after a phase of nothing but plain lines of `ip`, phase by phase, as long as those are such too: all of it
 * can go to one process, in the order in which it would come anyway.
 */
function ipPhasesAfter(
  ready: readonly Step[],
  later: readonly Step[],
  states: ReadonlyMap<string, StepState>,
  stepOf: (key: string) => Step | undefined,
): PlainIpStep[] {
  const following: PlainIpStep[] = [];
  const hoped = new Map(states);
  let [phase, waiting] = [ready, later];
  while (waiting.length > 0 && phase.length > 0 && phase.every(isPlainIp)) {
    for (const { key } of phase) hoped.set(key, STEP_DONE);
    const sorted = sortOut(waiting, hoped, stepOf);
    [phase, waiting] = [sorted.ready, sorted.later];
    if (phase.every(isPlainIp)) following.push(...phase);
  }
  return following;
}

function isPlainIp(step: Step): step is PlainIpStep {
  return step.tool === 'ip' && !('strict' in step);
}

/** A change is what the worst of its steps is; its own failure says more than what was lost for it. */
function changeOutcomes(steps: readonly Step[], states: ReadonlyMap<string, StepState>): Map<Id, Outcome> {
  const outcomes = new Map<Id, Outcome>();
  const begun = new Set<Id>();
  for (const step of steps) {
    const outcome = stepOutcome(step, states.get(step.key));
    if (outcome.result === 'done') begun.add(step.change);
    const known = outcomes.get(step.change);
    if (known === undefined || RANK[outcome.result] > RANK[known.result]) outcomes.set(step.change, outcome);
  }
  for (const id of begun) if (outcomes.get(id)?.result === 'not-run') outcomes.set(id, BEGUN);
  return outcomes;
}

const BEGUN: Outcome = { result: 'not-run', message: 'begun, not finished', begun: true };

/** What all that was done came to. */
export const DONE: Outcome = { result: 'done', message: null };

const RANK = { done: 0, held: 1, 'not-run': 2, skipped: 3, failed: 4 } as const;

function stepOutcome(step: Step, state: StepState | undefined): Outcome {
  if (state === undefined) return { result: 'not-run', message: 'stopped before it' };
  switch (state.is) {
    case 'done':
      return DONE;
    case 'failed':
      return { result: 'failed', message: state.message };
    case 'lost':
      if (state.to.change === step.change) return { result: 'failed', message: null };
      return { result: 'skipped', message: `needs ${nameOf(state.to.change)}, which failed` };
  }
}

function nameOf(id: Id): string {
  return id.slice(id.indexOf(':') + 1);
}
