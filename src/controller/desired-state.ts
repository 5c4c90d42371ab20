import type { Fleet } from '../desired/fleet.ts';
import type { Loaded } from '../desired/load.ts';
import type { Problem } from '../model/problem.ts';
import { ProblemsError } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import { messageOf } from '../tools/result.ts';
import type { Candidate, DesiredSource, Rejection, Snapshot, Verdict } from './words.ts';

/** A state that this host may be brought to. */
export interface Good {
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
  /** Told of what could not be kept, which never stops a run. */
  onTrouble(why: string): void;
  now(): number;
}

const NOTHING_LEFT: ReadonlySet<Id> = new Set();

/**
 * What the host is to be: the newest revision that is good for it. A bad one is rejected as a whole, and the last good
 * one stays, over restarts too. A revision is kept as the last good one only once it stands (`settle`).
 */
export class DesiredState {
  private readonly options: DesiredStateOptions;
  private good: Good | null = null;
  private candidate: Candidate | null = null;
  /** The last one that stood, to which the host goes back when probes fail. */
  private settled: Good | null = null;
  private rejected: Rejection | null = null;

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
    return this.rejected;
  }

  /** Takes up what the last controller kept, before anything is fetched. */
  async restore(): Promise<void> {
    const snapshot = await this.options.store.load();
    if (snapshot === null) return;
    try {
      const loaded = await this.options.loadSnapshot(snapshot);
      // It was good when it was kept; what was broken in it then is no reason to refuse it now.
      const verdict = this.options.judge(loaded, loaded.fleet);
      if (verdict.is === 'good') this.good = { ...verdict, revision: snapshot.revision, leave: NOTHING_LEFT };
      this.settled = this.good;
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      this.options.onTrouble(`the kept copy of the last good documents cannot be read: ${error.message}`);
    }
  }

  /**
   * Looks at what the source has now; when a person `asked`, also at a revision that was rejected, and when files have
   * `changed`, at those that were taken back. Returns whether there is another good state than before.
   */
  async refresh({ asked, changed }: { asked: boolean; changed: boolean }): Promise<boolean> {
    if (asked && this.rejected !== null) this.rejected = { ...this.rejected, retryAt: this.options.now() };
    const candidate = await this.options.source.candidate();
    const { revision } = candidate;
    if (revision === null ? this.isTakenBack() && !changed : this.isKnown(revision)) return false;
    const problems = await this.unsigned(revision);
    if (problems.length > 0) return this.reject(revision, 'unsigned', problems);
    let verdict: Verdict;
    try {
      verdict = this.options.judge(await candidate.load(), this.good?.loaded.fleet ?? null);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      verdict = { is: 'rejected', problems: [...error.problems] };
    }
    if (verdict.is === 'rejected') return this.reject(revision, 'invalid', verdict.problems);
    this.rejected = null;
    this.candidate = candidate;
    this.good = { ...verdict, revision, leave: NOTHING_LEFT };
    return true;
  }

  /** The current state stands: it is what a later one goes back to, and what a restart begins with. */
  async settle(): Promise<void> {
    const { candidate, good } = this;
    if (candidate === null || good === null) return;
    this.settled = good;
    this.candidate = null;
    try {
      await this.options.store.save(await candidate.texts());
    } catch (error) {
      this.options.onTrouble(messageOf(error));
    }
  }

  /** Probes failed after it was applied: the host goes back to `instead`, and tries this revision again at `retryAt`. */
  takeBack(revision: string | null, instead: Good, problems: Problem[], retryAt: number): void {
    this.rejected = { revision, at: this.options.now(), why: 'probes', problems, retryAt };
    this.good = instead;
    this.candidate = null;
  }

  /** Nothing is to be learnt of it: it is the current one, or was rejected and is not due again. */
  private isKnown(revision: string): boolean {
    const { rejected } = this;
    if (rejected?.revision === revision) {
      return rejected.retryAt === null || rejected.retryAt > this.options.now();
    }
    if (revision !== this.good?.revision) return false;
    this.rejected = null;
    return true;
  }

  /** Files that made a probe fail, before their time has come again. */
  private isTakenBack(): boolean {
    const { rejected } = this;
    return rejected?.why === 'probes' && (rejected.retryAt ?? 0) > this.options.now();
  }

  private async unsigned(revision: string | null): Promise<Problem[]> {
    const { verify } = this.options;
    if (verify === null || revision === null) return [];
    return verify(this.good?.revision ?? null, revision);
  }

  private reject(revision: string | null, why: Rejection['why'], problems: Problem[]): false {
    this.rejected = { revision, at: this.options.now(), why, problems, retryAt: null };
    return false;
  }
}
