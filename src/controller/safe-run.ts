import type { Safety } from '../desired/documents.ts';
import type { Problem } from '../model/problem.ts';
import type { Applied } from '../run/apply.ts';
import type { PlannedHost } from '../run/plan-host.ts';
import { planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import { messageOf } from '../tools/result.ts';
import type { Observation } from './controller.ts';
import type { DesiredState, Good } from './desired-state.ts';
import { type Faults, shapeOf } from './safety/faults.ts';
import {
  awaitProbes,
  guardRun,
  probeProblems,
  retryDelayMs,
  safetyTimeoutMs,
  stillProblems,
} from './safety/guard-run.ts';
import { mixGood } from './safety/mix-good.ts';
import { type ProbeResult, probeText, runProbes } from './safety/probes.ts';
import { touchesSharedLinks } from './safety/shared-links.ts';
import type { trialStore } from './safety/trial.ts';
import type { Troubles } from './troubles.ts';
import type { OnTrial } from './words.ts';

export interface SafeRunParts {
  desired: DesiredState;
  trials: ReturnType<typeof trialStore>;
  faults: Faults;
  /** The task for a state to which the host goes back. */
  taskOf(good: Good): Promise<Task>;
  troubles: Troubles;
  /** Called while probes are waited for, which may take minutes. */
  onAlive(): void;
  signal: AbortSignal;
  now(): number;
}

/** What speaks against a change. */
interface Failing {
  failing: readonly ProbeResult[];
  problems: Problem[];
  /** What comes of it. */
  what: string;
}

type Run = (task: Task, planned: PlannedHost) => Promise<Applied>;

/**
 * Runs that touch what others share are held against the host's probes, and taken back when one that passed before
 * fails after them. All others just run.
 */
export class SafeRunner {
  private readonly parts: SafeRunParts;
  /** The change that waits for its probes, for people. */
  private trial: OnTrial | null = null;

  constructor(parts: SafeRunParts) {
    this.parts = parts;
  }

  get onTrial(): OnTrial | null {
    return this.trial;
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
    const change = { good, allowRecreate };
    const goBack = async () => {
      const backward = await this.parts.taskOf(desired.current ?? good);
      return run(backward, await planHost(backward));
    };
    const still = await this.stillFailing(good, safety.probes);
    if (still.length > 0 && this.takeBack(change, stillFailed(still))) return goBack();
    const { outcome, verdict } = await guardRun(
      {
        probes: safety.probes,
        timeoutMs,
        signal,
        onAlive,
        onBegin: (passed) =>
          this.keepTrial(() =>
            trials.begin({ id, revision, shape: shapeOf(good), passed, timeoutMs, allowRecreate }),
          ),
        onFailing: (failing, until) => this.tell(revision, failing, until),
      },
      () => run(task, planned),
    ).finally(() => {
      this.trial = null;
    });
    // Ended by a stop: the next controller asks the probes of the trial that stands.
    if (verdict.is === 'interrupted') return outcome;
    if (verdict.is === 'failed') {
      const failing = failedAfter(verdict.failing, timeoutMs);
      if (this.takeBack(change, failing)) return goBack();
    }
    this.forgetTrial();
    this.parts.faults.clear(shapeOf(good));
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
    const { id, revision, shape, passed, timeoutMs, allowRecreate } = trial;
    const onFailing = (failing: readonly ProbeResult[], until: number) => this.tell(revision, failing, until);
    const verdict = await awaitProbes(passed, { timeoutMs, signal, onAlive, onFailing });
    this.trial = null;
    if (verdict.is === 'interrupted') return;
    if (verdict.is === 'failed' && desired.lastSettled !== null && desired.lastSettled.id !== id) {
      // The guests of now, who have nothing to do with it; without them where git has nothing good.
      const now = await desired.peek().catch((error: unknown) => {
        troubles.add('the desired state cannot be looked at', error);
        return null;
      });
      const change = { good: now ?? desired.lastSettled, allowRecreate };
      const failing = failedAfter(verdict.failing, timeoutMs);
      if (this.takeBack(change, failing, { id, revision, shape })) return;
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
    { failing, problems, what }: Failing,
    bad: { id: string; revision: string | null; shape: string } = {
      ...change.good,
      shape: shapeOf(change.good),
    },
  ): boolean {
    const { desired, faults, now, troubles } = this.parts;
    const { lastSettled } = desired;
    if (lastSettled === null || shapeOf(lastSettled) === bad.shape) {
      troubles.add(
        'a probe fails after the run, and there are no earlier documents to go back to',
        problems[0]?.message,
      );
      return false;
    }
    const { shape } = bad;
    const { allowRecreate } = change;
    const times = (faults.of(shape)?.times ?? 0) + 1;
    const retryAt = now() + retryDelayMs(times);
    this.keepTrial(() =>
      faults.set({ shape, times, failing: failing.map(({ probe }) => probeText(probe)), retryAt }),
    );
    desired.takeBack(bad, mixGood(change.good, lastSettled), { problems, retryAt, allowRecreate });
    troubles.add(what, problems.map((problem) => problem.message).join('; '));
    return true;
  }

  /** Probes that failed after an earlier try of the same, and fail now: they would guard nothing in another one. */
  private async stillFailing(good: Good, probes: Safety['probes']): Promise<readonly ProbeResult[]> {
    const fault = this.parts.faults.of(shapeOf(good));
    if (fault === null) return [];
    const asked = probes.filter((probe) => fault.failing.includes(probeText(probe)));
    return (await runProbes(asked)).filter(({ ok }) => !ok);
  }

  private tell(revision: string | null, failing: readonly ProbeResult[], until: number): void {
    this.trial = { revision, failing: failing.map(({ probe }) => probeText(probe)), until };
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

function failedAfter(failing: readonly ProbeResult[], timeoutMs: number): Failing {
  return { failing, problems: probeProblems(failing, timeoutMs), what: 'the revision was taken back' };
}

function stillFailed(failing: readonly ProbeResult[]): Failing {
  return { failing, problems: stillProblems(failing), what: 'the revision is not tried again yet' };
}
