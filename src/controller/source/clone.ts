import { hash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { type Problem, ProblemsError } from '../../model/problem.ts';
import { messageOf } from '../../tools/result.ts';
import { readStateFile, writeStateFile } from '../state-file.ts';
import type { Candidate, DesiredSource, SourceState } from '../words.ts';
import { requireBranch, requirePath } from './clone-options.ts';
import { CloneRepository } from './clone-repository.ts';
import { commitCandidate } from './commit.ts';
import { notForward } from './forward.ts';
import { commitId, isForward } from './git.ts';
import { untilNextFetch } from './schedule.ts';
import { SourceTrouble } from './trouble.ts';
import { type RepositoryUrl, repositoryUrl } from './url.ts';

export interface CloneSourceOptions {
  url: string;
  /** null: the branch that the remote's HEAD names. */
  branch: string | null;
  /** The desired directory in the repository; null for its top. */
  path: string | null;
  /** Seconds from one fetch to the next. */
  interval: number;
  /** Follow the branch also where it loses commits. */
  allowForce: boolean;
  /** Ours alone, in the state directory. */
  directory: string;
  cache: string | null;
  /** The commit that this host was last brought to, which a new one must descend from; null: none yet. */
  lastGood(): string | null;
  /** Seconds after which a silent remote is given up; 60 if left out. */
  silence?: number;
}

/** What outlives a restart: of which branch of which remote the clone is, as a hash, and when that was reached. */
const kept = z.strictObject({ of: z.string(), fetchedAt: z.number() });

/** However lively a server is: a fetch that takes longer is ended. */
const MAX_FETCH_MS = 30 * 60_000;

/**
 * Follows a branch of a remote repository by a clone of our own. Only fast-forwards from the last good commit are
 * followed. An unreachable remote leaves what was fetched before. Throws ProblemsError for options that cannot be.
 */
export function cloneSource(options: CloneSourceOptions): DesiredSource {
  const remote = repositoryUrl(options.url, process.cwd());
  requireBranch(options.branch);
  requirePath(options.path);
  return new CloneSource(options, remote);
}

class CloneSource implements DesiredSource {
  readonly description: string;
  readonly repository: string;
  private readonly options: CloneSourceOptions;
  private readonly clone: CloneRepository;
  private readonly stop = new AbortController();
  private onChange: (() => void) | null = null;
  private timer: NodeJS.Timeout | null = null;
  private fetching: Promise<void> | null = null;
  private failures = 0;
  private fetchedAt: number | null;
  private seen: string | null = null;
  private trouble: string | null = null;
  private refused: SourceState['refused'] = null;
  /** What stands is not to be offered: it is broken, or of another branch or remote. */
  private damaged: boolean;
  /** The clone was just made anew, so another one would be no better. */
  private fresh = false;
  /** The last good commit whose history is kept. */
  private pinned: string | null = null;
  private readonly of: string;

  constructor(options: CloneSourceOptions, remote: RepositoryUrl) {
    const { branch, directory, silence = 60 } = options;
    this.options = options;
    this.clone = new CloneRepository({ remote, branch, directory, silenceMs: silence * 1000 });
    this.repository = this.clone.path;
    this.description = `${branch ?? 'the default branch'} of ${remote.shown}`;
    this.of = hash('sha256', JSON.stringify([remote.url, branch]), 'hex');
    const known = this.readKept();
    this.fetchedAt = known?.of === this.of ? known.fetchedAt : null;
    this.damaged = known !== null && known.of !== this.of;
  }

  async start(onChange: () => void): Promise<void> {
    this.onChange = onChange;
    this.clone.clearLocks();
    void this.refresh();
  }

  async candidate(): Promise<Candidate> {
    const head = this.damaged ? null : await this.clone.head();
    this.seen = head ?? this.seen;
    if (head === null) {
      const why = this.trouble ?? (this.fetching === null ? 'nothing was fetched yet' : 'being fetched');
      throw new SourceTrouble(`there is nothing of ${this.description}: ${why}`);
    }
    const good = this.options.lastGood();
    this.refused = await this.refusalOf(good, head);
    if (this.refused === null) return this.at(head);
    if (good !== null && (await commitId(this.repository, good)) === good) return this.at(good);
    throw new SourceTrouble(this.refused.problems.map(({ message }) => message).join('\n'));
  }

  /** Fetches now; who asks while a fetch is on its way waits for that. */
  refresh(): Promise<void> {
    this.fetching ??= this.fetchOnce().finally(() => {
      this.fetching = null;
      if (this.stop.signal.aborted) return;
      this.schedule();
      this.onChange?.();
    });
    return this.fetching;
  }

  state(): SourceState {
    const { seen, fetchedAt, trouble, refused } = this;
    return { seen, fetchedAt, trouble, refused };
  }

  async close(): Promise<void> {
    this.onChange = null;
    this.stop.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    await this.fetching;
  }

  /** Never rejects: what goes wrong is in `state()`, and tried again. */
  private async fetchOnce(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    try {
      await this.fetchOrMakeAnew();
      this.failures = 0;
      this.damaged = false;
      this.trouble = null;
      this.fetchedAt = Date.now();
      this.seen = await this.clone.head();
      this.keep();
    } catch (error) {
      this.failures += 1;
      this.trouble = messageOf(error);
    }
  }

  private async fetchOrMakeAnew(): Promise<void> {
    const signal = AbortSignal.any([this.stop.signal, AbortSignal.timeout(MAX_FETCH_MS)]);
    if (this.damaged) return this.makeAnew(signal);
    try {
      await this.clone.fetch(signal);
    } catch (error) {
      // Looking through the clone takes time: once for each row of failures.
      if (this.failures > 0 || signal.aborted || (await this.clone.isIntact())) throw error;
      await this.makeAnew(signal);
    }
  }

  private async makeAnew(signal: AbortSignal): Promise<void> {
    await this.clone.makeAnew(signal);
    this.fresh = true;
    this.pinned = null;
  }

  private schedule(): void {
    const delay = untilNextFetch(this.options.interval * 1000, this.failures, Math.random());
    this.timer = setTimeout(() => void this.refresh(), delay);
  }

  private async refusalOf(good: string | null, head: string): Promise<SourceState['refused']> {
    if (good === null || this.options.allowForce) return null;
    if (!(await isForward(this.repository, good, head))) {
      const at = this.refused?.revision === head ? this.refused.at : Date.now();
      return { revision: head, at, problems: [notForward(this.description, good, head)] };
    }
    if (good !== this.pinned) await this.clone.keep(good);
    this.pinned = good;
    return null;
  }

  private at(revision: string): Candidate {
    const candidate = commitCandidate(
      join(this.repository, this.options.path ?? ''),
      revision,
      this.options.cache,
    );
    return {
      revision,
      id: revision,
      load: () => this.reading(candidate.load(), ({ problems }) => problems),
      texts: () => this.reading(candidate.texts(), () => []),
    };
  }

  /** A clone that turns out to be damaged when it is read is made anew. Throws SourceTrouble then. */
  private async reading<T>(read: Promise<T>, problemsOf: (result: T) => readonly Problem[]): Promise<T> {
    let problems: readonly Problem[];
    let outcome: { result: T } | { error: unknown };
    try {
      const result = await read;
      outcome = { result };
      problems = problemsOf(result);
    } catch (error) {
      outcome = { error };
      problems = error instanceof ProblemsError ? error.problems : [];
    }
    if (await this.isDamage(problems)) {
      this.damaged = true;
      if (!this.fresh) void this.refresh();
      throw new SourceTrouble(`the clone of ${this.description} is damaged and made anew`);
    }
    if ('error' in outcome) throw outcome.error;
    this.fresh = false;
    return outcome.result;
  }

  private async isDamage(problems: readonly Problem[]): Promise<boolean> {
    const codes = new Set(problems.map(({ code }) => code));
    // Of a commit's files none is unreadable but for want of its object.
    if (codes.has('git-failed') || codes.has('unreadable')) return true;
    const doubtful = ['unknown-revision', 'unknown-directory', 'no-repository'].some((code) =>
      codes.has(code),
    );
    return doubtful && !(await this.clone.isIntact());
  }

  private readKept(): z.infer<typeof kept> | null {
    try {
      const text = readStateFile(this.keptPath);
      return text === null ? null : (kept.safeParse(JSON.parse(text)).data ?? null);
    } catch {
      // It says nothing that the next fetch will not say again.
      return null;
    }
  }

  private keep(): void {
    try {
      writeStateFile(this.keptPath, JSON.stringify({ of: this.of, fetchedAt: this.fetchedAt }));
    } catch (error) {
      // The clone itself is fresh; a restart takes it for an older one.
      this.trouble = `the time of the last fetch cannot be kept: ${messageOf(error)}`;
    }
  }

  private get keptPath(): string {
    return join(this.options.directory, 'fetched.json');
  }
}
