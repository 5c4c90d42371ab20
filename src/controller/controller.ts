import type { AnyChange, Outcome, Plan } from '../model/plan.ts';
import { ProblemsError } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import type { Applied } from '../run/apply.ts';
import { applyPlan, exitStatus } from '../run/apply.ts';
import type { Reading } from '../run/observe.ts';
import type { PlannedHost } from '../run/plan-host.ts';
import { planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import type { DesiredState, Good } from './desired-state.ts';
import { OF_THE_HOST } from './pending-triggers.ts';
import { runRecord } from './run-record.ts';
import { type WatchedDevices, watchedDevices } from './watched-devices.ts';
import type { RunRecord, Trigger } from './words.ts';

/** How a run of the controller went, for whoever tells of it. */
export interface Observation {
  good: Good;
  plan: Plan;
  /** What became of each change; null when nothing was tried: nothing was to do, or the host may not be changed now. */
  outcomes: ReadonlyMap<Id, Outcome> | null;
  record: RunRecord;
  watched: WatchedDevices;
}

/** What the loop asks of the rest of the controller. */
export interface ControllerParts {
  desired: DesiredState;
  /** Begins to read the host. */
  read(): Reading;
  /** The task for a good state, with what is paused and contended held back. */
  taskOf(good: Good): Promise<Task>;
  /** Whether a plan frees resources that were left alone as contended, so that it is to be made anew. */
  reconsider(changes: readonly AnyChange[]): boolean;
  /** Whether this host may be changed now: nobody has paused it, and its lock is ours. */
  mayChange(): Promise<boolean>;
  approvals: { holds(digest: string, now: number): boolean; use(digest: string): void };
  /** Carries out a run under the guard of the probes; without any it just runs. */
  guarded(
    task: Task,
    planned: PlannedHost,
    run: (task: Task, planned: PlannedHost) => Promise<Applied>,
  ): Promise<Applied>;
  /** A run that was taken back: what it did is on record as well. */
  onTakenBack(plan: Plan, record: RunRecord): void;
  onObservation(observation: Observation): void;
  onTrouble(what: string, error: unknown): void;
  /** Aborted when the controller is to end: after the batch that is under way. */
  ending: AbortSignal;
  now(): number;
}

/** Triggers after which the documents can be others than before. */
const OF_DOCUMENTS: ReadonlySet<Trigger> = new Set([
  'start',
  'desired',
  'timer',
  'request',
  'signal',
  'retry',
]);

/**
 * The loop: read, plan, change, verify. It is level-triggered: why a run is due says nothing of what it will find, and
 * nothing is remembered from the last one but what people are told, and what has just failed.
 */
export class Controller {
  private readonly parts: ControllerParts;
  /** Whether a run of this controller has begun. */
  private started = false;
  /** The plan of which something has failed just now. */
  private failed: string | null = null;
  /** While tools are at work on the host. */
  private changing: { over: Promise<void>; end: () => void } | null = null;

  constructor(parts: ControllerParts) {
    this.parts = parts;
  }

  /** One run, as `QueueParts.run` wants it. */
  async run(told: readonly Trigger[], covered: () => void): Promise<void> {
    const { parts } = this;
    const began = parts.now();
    // An event of the host or of git can come before `start`: what was good for the last controller would undo what was
    // committed, and applied, since.
    const triggers = this.started || told.includes('start') ? told : (['start', ...told] as const);
    this.started = true;
    let reading: Reading | undefined;
    const read = () => {
      // It is compared in full, so it answers what the host has told until here.
      covered();
      reading = parts.read();
    };
    // Beside new documents, which are read and checked meanwhile.
    if (triggers.some((trigger) => OF_DOCUMENTS.has(trigger))) await this.lookAtDocuments(triggers, read);
    const good = parts.desired.current;
    if (good === null) return;
    try {
      if (reading === undefined) read();
      const { task, planned } = await this.plan(good, reading);
      const { digest } = planned.plan;
      // What the host tells by itself it tells of what we tried as well: a device that was made, refused and removed again is an event: without this, the next attempt would follow on
      // its heels for ever. Another plan goes ahead, and this one when it is due (`retry`, the timer) or asked for.
      if (digest === this.failed && triggers.every((trigger) => OF_THE_HOST.has(trigger))) return;
      const changed = planned.steps.length > 0 && (await parts.mayChange());
      const since = { at: began, triggers };
      const applied = changed ? await this.change(task, planned, since) : null;
      // A state that asks for nothing more stands as well as one that was just made.
      if (planned.steps.length === 0 && !waitsForApproval(planned.plan)) await parts.desired.settle();
      const plan = applied?.plan ?? planned.plan;
      const outcomes = applied?.outcomes ?? null;
      this.failed = anyFailed(outcomes) ? digest : null;
      const status = applied === null ? standing(plan) : exitStatus(applied);
      const about = { at: since.at, duration: parts.now() - since.at, triggers, status };
      // Another one than before where the run was taken back.
      const of = parts.desired.current ?? good;
      const watched = watchedDevices(task, planned);
      parts.onObservation({ good: of, plan, outcomes, record: runRecord(plan, outcomes, about), watched });
    } catch (error) {
      // One failed run is no reason to leave the host alone from now on.
      parts.onTrouble(
        error instanceof ProblemsError ? 'the documents do not fit this machine' : 'the run failed',
        error,
      );
    }
  }

  private async lookAtDocuments(triggers: readonly Trigger[], onNews: () => void): Promise<void> {
    if (triggers.includes('signal')) this.parts.desired.retryNow();
    if (triggers.includes('signal') || triggers.includes('request')) this.parts.desired.keepNow();
    try {
      await this.parts.desired.refresh(onNews);
    } catch (error) {
      // The last good state stays, and its drift is repaired.
      this.parts.onTrouble('the desired state cannot be looked at', error);
    }
  }

  /** An approval is for what the plan does, so the plan is made again with what was approved. */
  private async plan(
    good: Good,
    reading: Reading | undefined,
  ): Promise<{ task: Task; planned: PlannedHost }> {
    const { approvals, now, reconsider, taskOf } = this.parts;
    let task = await taskOf(good);
    let planned = await planHost(task, reading);
    if (reconsider(planned.plan.changes)) {
      task = await taskOf(good);
      planned = await planHost(task);
    }
    if (!approvals.holds(planned.plan.digest, now())) return { task, planned };
    const approved: Task = { ...task, allowRecreate: true, allowPrune: true };
    const again = await planHost(approved);
    if (again.plan.digest !== planned.plan.digest) return { task, planned };
    approvals.use(planned.plan.digest);
    return { task: approved, planned: again };
  }

  /** Fulfilled when no batch is under way, and after `ending` none will be begun. */
  async betweenBatches(): Promise<void> {
    await this.changing?.over;
  }

  /** `since` is moved on to where the run that counts began: the one that went back, where the first was taken back. */
  private change(
    task: Task,
    planned: PlannedHost,
    since: { at: number; triggers: readonly Trigger[] },
  ): Promise<Applied> {
    const { now, onTakenBack } = this.parts;
    let first: { applied: Applied; duration: number } | null = null;
    return this.parts.guarded(task, planned, async (t, p) => {
      if (first !== null) {
        const { plan, outcomes } = first.applied;
        const about = { ...since, duration: first.duration, status: exitStatus(first.applied) };
        onTakenBack(plan, runRecord(plan, outcomes, about));
        since.at = now();
      }
      const begun = beginChange();
      this.changing = begun;
      const stop = () => {
        const { aborted } = this.parts.ending;
        // It is asked between two batches, and after the last.
        if (aborted) begun.end();
        return aborted;
      };
      try {
        const applied = await applyPlan(t, p, { stop, onProgress: () => {} });
        first = { applied, duration: now() - since.at };
        return applied;
      } finally {
        begun.end();
        this.changing = null;
      }
    });
  }
}

function beginChange(): { over: Promise<void>; end: () => void } {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { over, end };
}

/** The guard holds it for a person to look at (invariant 10). */
function waitsForApproval({ changes }: Plan): boolean {
  return changes.some(({ gate }) => gate.is === 'held' && gate.why === 'guard');
}

function anyFailed(outcomes: ReadonlyMap<Id, Outcome> | null): boolean {
  return outcomes !== null && [...outcomes.values()].some(({ result }) => result === 'failed');
}

/** What `apply` would have exited with, had it done nothing. */
function standing({ changes, problems }: Plan): 0 | 1 | 2 {
  if (problems.some((problem) => problem.severity === 'error')) return 1;
  if (changes.some(({ gate }) => gate.is !== 'held')) return 1;
  return changes.length > 0 ? 2 : 0;
}
