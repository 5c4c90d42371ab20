import type { Applied } from '../run/apply.ts';
import type { PlannedHost } from '../run/plan-host.ts';
import { planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import type { DesiredState, Good } from './desired-state.ts';
import { guardRun, probeProblems, retryDelayMs, safetyTimeoutMs } from './safety/guard-run.ts';
import { mixFleet } from './safety/mix-fleet.ts';
import { touchesSharedLinks } from './safety/shared-links.ts';
import type { trialStore } from './safety/trial.ts';

export interface SafeRunParts {
  desired: DesiredState;
  trials: ReturnType<typeof trialStore>;
  /** The task for a state to which the host goes back. */
  taskOf(good: Good): Promise<Task>;
  onTrouble(what: string, error: unknown): void;
  signal: AbortSignal;
  now(): number;
}

type Run = (task: Task, planned: PlannedHost) => Promise<Applied>;

/**
 * Runs that touch what others share are held against the host's probes, and taken back when one that passed before
 * fails after them. All others just run.
 */
export class SafeRunner {
  private readonly parts: SafeRunParts;
  /** How often each revision was taken back. */
  private readonly failures = new Map<string | null, number>();

  constructor(parts: SafeRunParts) {
    this.parts = parts;
  }

  /** What `run` came to, or, where it was taken back, what going back came to. */
  async run(task: Task, planned: PlannedHost, run: Run): Promise<Applied> {
    const { desired, trials, signal } = this.parts;
    const safety = task.desired?.host.safety ?? null;
    if (safety === null || !touchesSharedLinks(planned.plan)) {
      const applied = await run(task, planned);
      await desired.settle();
      return applied;
    }
    const timeoutMs = safetyTimeoutMs(safety);
    const { revision } = task;
    const { outcome, verdict } = await guardRun(
      {
        probes: safety.probes,
        timeoutMs,
        signal,
        onBegin: (passed) => this.keepTrial(() => trials.begin({ revision, passed, timeoutMs })),
      },
      () => run(task, planned),
    );
    // Ended by a stop: the next controller asks the probes of the trial that stands.
    if (verdict.is === 'interrupted') return outcome;
    const back = verdict.is === 'failed' ? await this.goBack(task, verdict.failing, timeoutMs, run) : null;
    this.keepTrial(() => trials.end());
    if (back !== null) return back;
    this.failures.delete(revision);
    await desired.settle();
    return outcome;
  }

  /** null when there is nothing to go back to: then the run stands, and its failing probes are told. */
  private async goBack(
    task: Task,
    failing: Parameters<typeof probeProblems>[0],
    timeoutMs: number,
    run: Run,
  ): Promise<Applied | null> {
    const { desired, taskOf, now, onTrouble } = this.parts;
    const problems = probeProblems(failing, timeoutMs);
    const { current, lastSettled } = desired;
    if (current === null || lastSettled === null || current === lastSettled) {
      onTrouble(
        'a probe fails after the run, and there are no earlier documents to go back to',
        problems[0]?.message,
      );
      return null;
    }
    const mixed = mixFleet(current.loaded.fleet, lastSettled.loaded.fleet, task.host);
    const instead: Good = {
      ...lastSettled,
      loaded: { ...lastSettled.loaded, fleet: mixed.fleet },
      notices: [...lastSettled.notices, ...mixed.problems],
      leave: mixed.leave,
    };
    const times = (this.failures.get(task.revision) ?? 0) + 1;
    this.failures.set(task.revision, times);
    desired.takeBack(task.revision, instead, problems, now() + retryDelayMs(times));
    onTrouble('the revision was taken back', problems.map((problem) => problem.message).join('; '));
    const { allowRecreate } = task;
    // What the forward run was allowed to do, going back is allowed too; and it is no slip, whatever it removes.
    const backward: Task = { ...(await taskOf(instead)), allowRecreate, allowPrune: true };
    return run(backward, await planHost(backward));
  }

  /** A full disk makes a crash in the middle less safe, and no run impossible. */
  private keepTrial(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.parts.onTrouble('the trial of this revision could not be kept', error);
    }
  }
}
