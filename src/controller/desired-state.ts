import type { Loaded } from '../desired/load.ts';
import type { Problem } from '../model/problem.ts';
import { ProblemsError } from '../model/problem.ts';
import type { Candidate, DesiredSource, Rejection, Snapshot, Verdict } from './words.ts';

/** A state that this host may be brought to. */
export interface Good {
  revision: string | null;
  host: string;
  loaded: Loaded;
  notices: readonly Problem[];
}

export interface DesiredStateOptions {
  source: DesiredSource;
  judge(loaded: Loaded): Verdict;
  /** Reads a kept copy; throws ProblemsError. */
  loadSnapshot(snapshot: Snapshot): Promise<Loaded>;
  store: { load(): Promise<Snapshot | null>; save(snapshot: Snapshot): Promise<void> };
  /** Problems of signatures from the last good commit (null: none yet) to a new one; null: signatures are not asked for. */
  verify: ((from: string | null, to: string) => Promise<Problem[]>) | null;
  /** Told of what could not be kept, which never stops a run. */
  onTrouble(why: string): void;
  now(): number;
}

/**
 * What the host is to be: the newest revision that is good for it. A bad one is rejected as a whole, and the last good
 * one stays, over restarts too.
 */
export class DesiredState {
  private readonly options: DesiredStateOptions;
  private good: Good | null = null;
  /** The good one before this, for going back when probes fail. */
  private previous: Good | null = null;
  private rejected: Rejection | null = null;

  constructor(options: DesiredStateOptions) {
    this.options = options;
  }

  get current(): Good | null {
    return this.good;
  }

  get lastGood(): Good | null {
    return this.previous;
  }

  get rejection(): Rejection | null {
    return this.rejected;
  }

  /** Takes up what the last controller kept, before anything is fetched. */
  async restore(): Promise<void> {
    const snapshot = await this.options.store.load();
    if (snapshot === null) return;
    try {
      const verdict = this.options.judge(await this.options.loadSnapshot(snapshot));
      if (verdict.is === 'good') this.good = { revision: snapshot.revision, ...verdict };
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      this.options.onTrouble(`the kept copy of the last good documents cannot be read: ${error.message}`);
    }
  }

  /** Looks at what the source has now. Returns whether there is another good state than before. */
  async refresh(): Promise<boolean> {
    const candidate = await this.options.source.candidate();
    const { revision } = candidate;
    if (revision !== null && revision === this.good?.revision) {
      this.rejected = null;
      return false;
    }
    const known = this.rejected;
    if (revision !== null && known?.revision === revision && !this.isDue(known)) return false;
    const problems = await this.unsigned(revision);
    if (problems.length > 0) return this.reject(revision, 'unsigned', problems);
    let verdict: Verdict;
    try {
      verdict = this.options.judge(await candidate.load());
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      verdict = { is: 'rejected', problems: [...error.problems] };
    }
    if (verdict.is === 'rejected') return this.reject(revision, 'invalid', verdict.problems);
    await this.accept(candidate, verdict);
    return true;
  }

  /** The host went back: this revision is not applied here until it is due again. */
  rejectApplied(problems: Problem[], retryAt: number): void {
    const bad = this.good;
    if (bad === null) return;
    this.rejected = { revision: bad.revision, at: this.options.now(), why: 'probes', problems, retryAt };
    this.good = this.previous ?? this.good;
  }

  /** The last revision went well, so it is what a later one goes back to. */
  settle(): void {
    this.previous = this.good;
  }

  private isDue({ retryAt }: Rejection): boolean {
    return retryAt !== null && retryAt <= this.options.now();
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

  private async accept(candidate: Candidate, verdict: Extract<Verdict, { is: 'good' }>): Promise<void> {
    this.rejected = null;
    this.good = { revision: candidate.revision, ...verdict };
    try {
      await this.options.store.save(await candidate.texts());
    } catch (error) {
      this.options.onTrouble(`the good documents could not be kept: ${String(error)}`);
    }
  }
}
