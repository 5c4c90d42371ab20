import type { Applied } from '../run/apply.ts';
import type { PlannedHost } from '../run/plan-host.ts';
import { planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import { messageOf } from '../tools/result.ts';
import type { Observation } from './controller.ts';
import type { DesiredState, Good } from './desired-state.ts';
import { awaitProbes, guardRun, probeProblems, retryDelayMs, safetyTimeoutMs } from './safety/guard-run.ts';
import { mixGood } from './safety/mix-good.ts';
import { touchesSharedLinks } from './safety/shared-links.ts';
import type { trialStore } from './safety/trial.ts';
import type { Troubles } from './troubles.ts';

export interface SafeRunParts {
  desired: DesiredState;
  trials: ReturnType<typeof trialStore>;
  /** The task for a state to which the host goes back. */
  taskOf(good: Good): Promise<Task>;
  troubles: Troubles;
  /** Called while probes are waited for, which may take minutes. */
  onAlive(): void;
  signal: AbortSignal;
  now(): number;
}

type Run = (task: Task, planned: PlannedHost) => Promise<Applied>;
type Failing = Parameters<typeof probeProblems>[0];

/**
 * Runs that touch what others share are held against the host's probes, and taken back when one that passed before
 * fails after them. All others just run.
 */
export class SafeRunner {
  private readonly parts: SafeRunParts;
  /** How often each state was taken back. */
  private readonly failures = new Map<string, number>();

  constructor(parts: SafeRunParts) {
    this.parts = parts;
  }

  /** What `run` came to, or, where it was taken back, what going back came to. */
  async run(task: Task, planned: PlannedHost, run: Run): Promise<Applied> {
    const { desired, onAlive, signal, trials } = this.parts;
    const good = desired.current;
    const safety = task.desired?.host.safety ?? null;
    // On the way back there is nothing left to go back to, and the probes fail until the host is there.
    const goingBack = desired.returning !== null;
    if (good === null || safety === null || goingBack || !touchesSharedLinks(planned.plan)) {
      const applied = await run(task, planned);
      await desired.settle();
      return applied;
    }
    const timeoutMs = safetyTimeoutMs(safety);
    const { id, revision } = good;
    const { allowRecreate } = task;
    const { outcome, verdict } = await guardRun(
      {
        probes: safety.probes,
        timeoutMs,
        signal,
        onAlive,
        onBegin: (passed) =>
          this.keepTrial(() => trials.begin({ id, revision, passed, timeoutMs, allowRecreate })),
      },
      () => run(task, planned),
    );
    // Ended by a stop: the next controller asks the probes of the trial that stands.
    if (verdict.is === 'interrupted') return outcome;
    if (verdict.is === 'failed' && this.takeBack({ good, allowRecreate }, verdict.failing, timeoutMs)) {
      const instead = desired.current ?? good;
      const backward = await this.parts.taskOf(instead);
      return run(backward, await planHost(backward));
    }
    this.forgetTrial();
    this.failures.delete(id);
    await desired.settle();
    return outcome;
  }

  /**
   * A controller before us ended between a change and its probes. If they fail now, its change is rejected before
   * anything newer is looked at, and the next run brings the host back.
   */
  async resume(): Promise<void> {
    const { desired, onAlive, signal, trials, troubles } = this.parts;
    const trial = trials.unfinished();
    if (trial === null) return;
    const { id, revision, passed, timeoutMs, allowRecreate } = trial;
    const verdict = await awaitProbes(passed, { timeoutMs, signal, onAlive });
    if (verdict.is === 'interrupted') return;
    if (verdict.is === 'failed' && desired.lastSettled !== null && desired.lastSettled.id !== id) {
      // The guests of now, who have nothing to do with it; without them where git has nothing good.
      const now = await desired.peek().catch((error: unknown) => {
        troubles.add('the desired state cannot be looked at', error);
        return null;
      });
      const change = { good: now ?? desired.lastSettled, allowRecreate };
      if (this.takeBack(change, verdict.failing, timeoutMs, { id, revision })) return;
    }
    this.forgetTrial();
  }

  /** After a run: whether it was the one that went back. A host that is not changed now goes back later. */
  endReturn({ plan, outcomes }: Pick<Observation, 'plan' | 'outcomes'>): boolean {
    const { desired } = this.parts;
    if (desired.returning === null || (outcomes === null && plan.changes.length > 0)) return false;
    desired.returned();
    this.forgetTrial();
    return true;
  }

  /** The change that was on trial stands, or is taken back. */
  forgetTrial(): void {
    this.keepTrial(() => this.parts.trials.end());
  }

  /** False when there is nothing to go back to: then the change stands, and its failing probes are told. */
  private takeBack(
    change: { good: Good; allowRecreate: boolean },
    failing: Failing,
    timeoutMs: number,
    bad: { id: string; revision: string | null } = change.good,
  ): boolean {
    const { desired, now, troubles } = this.parts;
    const problems = probeProblems(failing, timeoutMs);
    const { lastSettled } = desired;
    if (lastSettled === null || lastSettled.id === bad.id) {
      troubles.add(
        'a probe fails after the run, and there are no earlier documents to go back to',
        problems[0]?.message,
      );
      return false;
    }
    const times = (this.failures.get(bad.id) ?? 0) + 1;
    this.failures.set(bad.id, times);
    const { allowRecreate } = change;
    const retryAt = now() + retryDelayMs(times);
    desired.takeBack(bad, mixGood(change.good, lastSettled), { problems, retryAt, allowRecreate });
    troubles.add('the revision was taken back', problems.map((problem) => problem.message).join('; '));
    return true;
  }

  /** A full disk makes a crash in the middle less safe, and no run impossible. */
  private keepTrial(write: () => void): void {
    try {
      write();
      this.parts.troubles.keep('trial', null);
    } catch (error) {
      const why = `the trial of this revision cannot be kept (${messageOf(error)}): a controller that is killed now would not take it back`;
      this.parts.troubles.keep('trial', why);
    }
  }
}
