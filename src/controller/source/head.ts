import { messageOf } from '../../tools/result.ts';
import type { DesiredSource, SourceState } from '../words.ts';
import { commitCandidate } from './commit.ts';
import { waysToHead } from './ref-watch.ts';
import { RenewingWatch } from './renewing-watch.ts';
import { type Repository, readCheckout } from './repository.ts';
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
  /** A commit that an event told of and nobody has asked for yet. */
  private news: string | null = null;
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
    const { news } = this;
    this.news = null;
    return commitCandidate(this.options.directory, news ?? (await this.look()), this.options.cache);
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
      let { repository, head, branch } = await readCheckout(this.options.directory);
      // What is committed after the look is seen by the watch.
      if (await this.watch(repository)) ({ head, branch } = await readCheckout(this.options.directory));
      if (head === null) throw new SourceTrouble(`${this.options.directory} has no commit yet: git commit`);
      this.branch = branch;
      this.seen = head;
      this.trouble = null;
      return head;
    } catch (error) {
      this.trouble = messageOf(error);
      throw error;
    }
  }

  /** A repository that was cloned anew in the old one's place is watched anew. Returns whether the watch is a new one. */
  private async watch(repository: Repository): Promise<boolean> {
    if (this.onChange === null || this.watching?.identity === repository.identity) return false;
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
    if (this.closed) await watch.close();
    else this.watching = { watch, identity: repository.identity };
    return true;
  }

  /** Other branches, `git gc` and a rename of a file to itself are no news. */
  private async compare({ identity }: Repository): Promise<void> {
    const now = await readCheckout(this.options.directory).catch(() => null);
    const head = now?.repository.identity === identity ? now.head : null;
    if (head !== null) {
      // Who takes the news does not look again.
      this.trouble = null;
      if (head === this.seen) return;
      this.seen = head;
    }
    // One git does for the event and the run that follows it. In another repository, who asks looks for itself.
    this.news = head;
    this.branch = now?.branch ?? null;
    this.onChange?.();
  }
}
