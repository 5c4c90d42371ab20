import type { Fleet } from '../desired/fleet.ts';
import type { Loaded } from '../desired/load.ts';
import type { Problem } from '../model/problem.ts';
import { ProblemsError } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import type { RejectedWhy } from '../model/status.ts';
import { messageOf } from '../tools/result.ts';
import { type Fault, type Faults, shapeOf } from './safety/faults.ts';
import { mixGood } from './safety/mix-good.ts';
import { textsId } from './texts-id.ts';
import type { Candidate, DesiredSource, Rejection, Snapshot, Verdict } from './words.ts';

/** A state that this host may be brought to. */
export interface Good {
  /** `Candidate.id` of what it was read from. */
  id: string;
  revision: string | null;
  host: string;
  loaded: Loaded;
  notices: readonly Problem[];
  /** Resources that are left as they are: the host went back, and the old documents cannot carry them. */
  leave: ReadonlySet<Id>;
}

export interface DesiredStateOptions {
  source: Pick<DesiredSource, 'candidate'>;
  judge(loaded: Loaded, lastGood: Fleet | null): Verdict;
  /** Reads a kept copy; throws ProblemsError. */
  loadSnapshot(snapshot: Snapshot): Promise<Loaded>;
  store: { load(): Promise<Snapshot | null>; save(snapshot: Snapshot): Promise<void> };
  /** Problems of signatures from the last good commit (null: none yet) to a new one; null: they are not asked for. */
  verify: ((from: string | null, to: string) => Promise<Problem[]>) | null;
  /** What probes found fault with: whatever comes with it waits until it is tried again. */
  faults: Pick<Faults, 'of' | 'retryNow'>;
  /** Told why the last good state could not be kept, and with null once it is. No run is stopped by it. */
  onKept(why: string | null): void;
  onTrouble(why: string): void;
  now(): number;
}

/** A host on its way back to what it was before a change that its probes did not bear. */
export interface Returning {
  /** What the change was allowed to do. */
  allowRecreate: boolean;
}

const NOTHING_LEFT: ReadonlySet<Id> = new Set();
/** Between two attempts to keep the last good state, which reads all of its texts. Milliseconds. */
const KEEP_AGAIN_MS = 5000;

/**
 * What the host is to be: the newest revision that is good for it. A bad one is rejected as a whole, and the last good
 * one stays, over restarts too. A revision is kept as the last good one only once it stands (`settle`).
 */
export class DesiredState {
  private readonly options: DesiredStateOptions;
  private good: Good | null = null;
  /** What is to be kept once it stands. */
  private candidate: Candidate | null = null;
  /** Not before, for the last attempt has failed. */
  private keepAt = 0;
  /** The last one that stood, to which the host goes back when probes fail. */
  private settled: Good | null = null;
  private rejected: { id: string; rejection: Rejection } | null = null;
  private goingBack: Returning | null = null;

  constructor(options: DesiredStateOptions) {
    this.options = options;
  }

  get current(): Good | null {
    return this.good;
  }

  get lastSettled(): Good | null {
    return this.settled;
  }

  get rejection(): Rejection | null {
    return this.rejected?.rejection ?? null;
  }

  /** Not null from `takeBack` to `returned`: until then nothing newer is looked at. */
  get returning(): Returning | null {
    return this.goingBack;
  }

  /** Takes up what the last controller kept, before anything is fetched. */
  async restore(): Promise<void> {
    const snapshot = await this.options.store.load();
    if (snapshot === null) return;
    try {
      const loaded = await this.options.loadSnapshot(snapshot);
      // It was good when it was kept; what was broken in it then is no reason to refuse it now.
      const verdict = this.options.judge(loaded, loaded.fleet);
      if (verdict.is === 'good') this.good = goodOf(verdict, snapshot.revision, textsId(snapshot));
      this.settled = this.good;
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      this.options.onTrouble(`the kept copy of the last good documents cannot be read: ${error.message}`);
    }
  }

  /** A person asks for something: what could not be kept is tried by the next run. */
  keepNow(): void {
    this.keepAt = 0;
  }

  /** A person asks for just that: what was rejected is tried by the next run. */
  retryNow(): void {
    const { faults, now } = this.options;
    if (this.rejected !== null) this.rejected.rejection.retryAt = now();
    faults.retryNow(now());
  }

  /**
   * Looks at what the source has now. Returns whether there is another good state than before. Calls `onNews` before
   * documents are read, which takes a while.
   */
  async refresh(onNews: () => void = () => {}): Promise<boolean> {
    if (this.goingBack !== null) return false;
    const candidate = await this.options.source.candidate();
    if (this.isKnown(candidate.id)) return false;
    const verdict = await this.judge(candidate, onNews);
    if (verdict.is !== 'good') {
      this.reject(candidate, whyNot(verdict), verdict.problems, null);
      return false;
    }
    const good = goodOf(verdict, candidate.revision, candidate.id);
    if (this.waitsWithFault(good)) return true;
    this.rejected = null;
    this.candidate = candidate;
    this.keepAt = 0;
    this.good = good;
    return true;
  }

  /**
   * A later revision whose hosts and networks are those that were taken back would cut the host off as they did: only
   * its guests come, until those are due again.
   */
  private waitsWithFault(good: Good): boolean {
    const { faults, now } = this.options;
    const fault = faults.of(shapeOf(good));
    const { settled } = this;
    if (fault === null || fault.retryAt <= now() || settled === null) return false;
    this.reject(good, 'probes', [faultProblem(fault)], fault.retryAt);
    this.good = mixGood(good, settled);
    this.candidate = null;
    return true;
  }

  /** What the source has now, where it is good for this host; null otherwise. Nothing else comes of it. */
  async peek(): Promise<Good | null> {
    const candidate = await this.options.source.candidate();
    const verdict = await this.judge(candidate);
    return verdict.is === 'good' ? goodOf(verdict, candidate.revision, candidate.id) : null;
  }

  /** The current state stands: it is what a later one goes back to, and what a restart begins with. */
  async settle(): Promise<void> {
    const { candidate, good } = this;
    if (candidate === null || good === null) return;
    this.settled = good;
    if (this.options.now() < this.keepAt) return;
    try {
      await this.options.store.save(await candidate.texts());
      this.candidate = null;
      this.options.onKept(null);
    } catch (error) {
      this.keepAt = this.options.now() + KEEP_AGAIN_MS;
      this.options.onKept(messageOf(error));
    }
  }

  /** Probes failed after `bad` was applied: the host goes back to `instead`, and tries `bad` again at `retryAt`. */
  takeBack(
    bad: { id: string; revision: string | null },
    instead: Good,
    { problems, retryAt, allowRecreate }: { problems: Problem[]; retryAt: number } & Returning,
  ): void {
    this.reject(bad, 'probes', problems, retryAt);
    this.good = instead;
    this.candidate = null;
    this.goingBack = { allowRecreate };
  }

  /** The run that went back is over. */
  returned(): void {
    this.goingBack = null;
  }

  /** Nothing is to be learnt of it: it is the current one, or was rejected and is not due again. */
  private isKnown(id: string): boolean {
    const { rejected } = this;
    if (rejected?.id === id) {
      const { retryAt } = rejected.rejection;
      return retryAt === null || retryAt > this.options.now();
    }
    if (id !== this.good?.id) return false;
    this.rejected = null;
    return true;
  }

  private async judge(
    candidate: Candidate,
    onNews: () => void = () => {},
  ): Promise<Verdict | { is: 'unsigned'; problems: Problem[] }> {
    const { judge, verify } = this.options;
    const { revision } = candidate;
    if (verify !== null && revision !== null) {
      const problems = await verify(this.good?.revision ?? null, revision);
      if (problems.length > 0) return { is: 'unsigned', problems };
    }
    onNews();
    try {
      return judge(await candidate.load(), this.good?.loaded.fleet ?? null);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      return { is: 'rejected', problems: [...error.problems] };
    }
  }

  private reject(
    { id, revision }: { id: string; revision: string | null },
    why: Rejection['why'],
    problems: Problem[],
    retryAt: number | null,
  ): void {
    this.rejected = { id, rejection: { revision, at: this.options.now(), why, problems, retryAt } };
  }
}

/** A history that was rewritten says nothing of its signatures. */
function whyNot({
  is,
  problems,
}: {
  is: 'unsigned' | 'rejected';
  problems: readonly Problem[];
}): RejectedWhy {
  if (is === 'rejected') return 'invalid';
  return problems.some(({ code }) => code === 'not-forward') ? 'not-forward' : 'unsigned';
}

function faultProblem({ failing, times }: Fault): Problem {
  return {
    code: 'probe-failed',
    severity: 'error',
    message: `its hosts and networks are those after which ${failing.join(', ')} failed${times > 1 ? `, ${times} times` : ''}`,
    source: null,
    hint: 'the host keeps the last good ones, with the guests of now; mend them in git, or plumbline reconcile to try them again at once',
  };
}

function goodOf(verdict: Extract<Verdict, { is: 'good' }>, revision: string | null, id: string): Good {
  const { loaded, host, notices } = verdict;
  return { id, revision, host, loaded, notices, leave: NOTHING_LEFT };
}
