import { messageOf } from '../../tools/result.ts';
import type { DesiredSource, SourceState } from '../words.ts';
import { commitCandidate } from './commit.ts';
import { commitId, git } from './git.ts';
import { waysToHead } from './ref-watch.ts';
import { RenewingWatch } from './renewing-watch.ts';
import { findRepository, type Repository } from './repository.ts';
import { SourceTrouble } from './trouble.ts';
import type { FileWatch } from './watch-files.ts';

export interface HeadOptions {
  /** The desired directory; it may stand in commits only. */
  directory: string;
  /** Where parsed documents are kept; null for nowhere. */
  cache: string | null;
}

/** A commit renames two or three files at once; more than this after another is another commit. */
const QUIET_MS = 20;

/**
 * Follows the head commit of the branch that is checked out where `directory` lies. What stands in the working tree is
 * never read, so a half-saved file is never applied. Works in worktrees and bare repositories and on a detached HEAD.
 */
export function headSource(options: HeadOptions): DesiredSource {
  return new HeadSource(options);
}

class HeadSource implements DesiredSource {
  private readonly options: HeadOptions;
  private branch: string | null = null;
  private seen: string | null = null;
  private trouble: string | null = null;
  private watchTrouble: string | null = null;
  private watching: { watch: FileWatch; identity: string } | null = null;
  private onChange: (() => void) | null = null;
  private closed = false;

  constructor(options: HeadOptions) {
    this.options = options;
  }

  get repository(): string {
    return this.options.directory;
  }

  get description(): string {
    return `the head of ${this.branch ?? 'the checked-out branch'} in ${this.options.directory}`;
  }

  async start(onChange: () => void): Promise<void> {
    this.onChange = onChange;
    // Without a repository there is nothing to watch yet: each look for a candidate tries again.
    await this.look().catch((error: unknown) => {
      if (!(error instanceof SourceTrouble)) throw error;
    });
  }

  async candidate() {
    return commitCandidate(this.options.directory, await this.look(), this.options.cache);
  }

  async refresh(): Promise<void> {
    this.onChange?.();
  }

  state(): SourceState {
    return {
      seen: this.seen,
      fetchedAt: null,
      trouble: this.trouble ?? this.watchTrouble,
      refused: null,
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.onChange = null;
    await this.watching?.watch.close();
    this.watching = null;
  }

  /** The commit that is checked out now. Throws SourceTrouble. */
  private async look(): Promise<string> {
    try {
      const repository = await findRepository(this.options.directory);
      // Before the look, so that a commit after it is seen by the one or the other.
      await this.watch(repository);
      const head = await commitId(repository.base, 'HEAD');
      if (head === null) throw new SourceTrouble(`${this.options.directory} has no commit yet: git commit`);
      this.branch = await branchOf(repository.base);
      this.seen = head;
      this.trouble = null;
      return head;
    } catch (error) {
      this.trouble = messageOf(error);
      throw error;
    }
  }

  /** A repository that was cloned anew in the old one's place is watched anew. */
  private async watch(repository: Repository): Promise<void> {
    if (this.onChange === null || this.watching?.identity === repository.identity) return;
    await this.watching?.watch.close();
    this.watching = null;
    this.watchTrouble = null;
    const watch = new RenewingWatch({
      plan: () => waysToHead(repository),
      quietMs: QUIET_MS,
      onChange: () => void this.compare(repository),
      onTrouble: (why) => {
        this.watchTrouble = why;
      },
    });
    await watch.renew();
    if (this.closed) return watch.close();
    this.watching = { watch, identity: repository.identity };
  }

  /** Other branches, `git gc` and a rename of a file to itself are no news. */
  private async compare(repository: Repository): Promise<void> {
    const head = await commitId(repository.base, 'HEAD');
    if (head !== null && head === this.seen) return;
    if (head !== null) this.seen = head;
    this.onChange?.();
  }
}

/** null on a detached HEAD. */
async function branchOf(base: string): Promise<string | null> {
  const name = await git(base, ['symbolic-ref', '--quiet', '--short', 'HEAD']).catch(() => '');
  return name.trim() || null;
}
