import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../tools/result.ts';
import { commitId, type GitOptions, git } from './git.ts';
import { remoteEnvironment } from './remote-environment.ts';
import { SourceTrouble } from './trouble.ts';
import type { RepositoryUrl } from './url.ts';

/** Where the remote's branch is kept, and what of it was last good, so that git keeps its history. */
const HEAD = 'refs/plumbline/head';
const GOOD = 'refs/plumbline/good';

export interface CloneOptions {
  remote: RepositoryUrl;
  /** null: the branch that the remote's HEAD names. */
  branch: string | null;
  /** Ours alone; made when it is not there. */
  directory: string;
  /** A fetch that says nothing for so long is ended. */
  silenceMs: number;
}

/**
 * A clone without checked-out files: all is read from its objects. It can be made anew at any time, and is when it is
 * found damaged.
 */
export class CloneRepository {
  private readonly options: CloneOptions;

  constructor(options: CloneOptions) {
    this.options = options;
  }

  /** The top of its working tree, in which nothing stands. */
  get path(): string {
    return join(this.options.directory, 'repository');
  }

  /** The remote's commit when it was last fetched; null before, and when the clone is damaged. */
  async head(): Promise<string | null> {
    return this.isThere() ? commitId(this.path, HEAD) : null;
  }

  /** Keeps a commit's history, whatever becomes of the branch. */
  async keep(commit: string): Promise<void> {
    await git(this.path, ['update-ref', GOOD, commit]).catch(() => '');
  }

  /** What a killed git leaves, which every later one would stumble over. */
  clearLocks(): void {
    for (const folder of ['.git', '.git/refs/plumbline', '.git/objects/info', '.git/objects/pack']) {
      const path = join(this.path, folder);
      if (!existsSync(path)) continue;
      for (const name of readdirSync(path)) {
        if (/\.lock$|^tmp_|^gc\.pid$/.test(name)) rmSync(join(path, name), { force: true, recursive: true });
      }
    }
  }

  /** Gets what is new. Makes the clone where there is none. Throws SourceTrouble. */
  async fetch(signal: AbortSignal): Promise<void> {
    if (this.isThere()) await this.fetchInto(this.path, signal);
    else await this.makeAnew(signal);
  }

  /** Makes a new clone beside the old one and puts it in its place. Throws SourceTrouble, and then the old one stays. */
  async makeAnew(signal: AbortSignal): Promise<void> {
    const fresh = join(this.options.directory, 'repository.new');
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true, mode: 0o700 });
    // No template: its hooks and settings are not ours.
    await git(fresh, ['init', '--quiet', '--template=']);
    // Written here and not given to git, whose arguments every user of the machine can read.
    const url = this.options.remote.url.replaceAll(/["\\]/g, '\\$&');
    appendFileSync(join(fresh, '.git/config'), `[remote "origin"]\n\turl = "${url}"\n`);
    await this.fetchInto(fresh, signal);
    rmSync(this.path, { recursive: true, force: true });
    renameSync(fresh, this.path);
  }

  /**
   * Whether all that the branch needs is there. It reads the whole history, so it is for when something failed. Not by
   * `git fsck`, which of late (2.47) exits with 0 where it finds empty objects.
   */
  async isIntact(): Promise<boolean> {
    const words = ['rev-list', '--quiet', '--verify-objects', HEAD];
    return git(this.path, words).then(
      () => true,
      () => false,
    );
  }

  private isThere(): boolean {
    return existsSync(join(this.path, '.git', 'HEAD'));
  }

  private async fetchInto(directory: string, signal: AbortSignal): Promise<void> {
    const { branch, remote, silenceMs } = this.options;
    const from = branch === null ? 'HEAD' : `refs/heads/${branch}`;
    const options: GitOptions = {
      env: await remoteEnvironment(directory, remote.protocol),
      // http.lowSpeed…: git-config(1); a server that sends next to nothing counts as one that is silent.
      config: ['gc.auto=0', 'http.lowSpeedLimit=10', `http.lowSpeedTime=${silenceMs / 1000}`],
      silenceMs,
      signal,
    };
    const quiet = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
    await git(directory, ['fetch', '--progress', ...quiet, 'origin', `+${from}:${HEAD}`], options).catch(
      (error: unknown) => {
        throw new SourceTrouble(this.explain(messageOf(error)));
      },
    );
    // Apart, for it may be silent for long. What it does not get done, a later one does.
    await git(directory, ['gc', '--auto', '--quiet'], { config: ['gc.autoDetach=false'], signal }).catch(
      () => '',
    );
  }

  private explain(words: string): string {
    const { branch, remote, silenceMs } = this.options;
    const said = remote
      .redact(words)
      .split(/[\r\n]+/)
      .map((line) => line.trim());
    if (said.some((line) => line.includes("couldn't find remote ref"))) {
      return branch === null
        ? `${remote.shown} has no commit yet`
        : `${remote.shown} has no branch ${branch}: say which by --branch`;
    }
    if (said.some((line) => line.includes('block timeout'))) {
      return `${remote.shown} said nothing for ${silenceMs / 1000} s`;
    }
    const foreign = said.find((line) => line.includes('dubious ownership'));
    if (foreign !== undefined) {
      return `another user owns ${remote.shown}: allow it by git config --system --add safe.directory ${remote.url}`;
    }
    const reason = said.find((line) => /^(fatal|error|ssh|remote):/i.test(line)) ?? said.find(Boolean);
    return `cannot fetch from ${remote.shown}: ${reason ?? 'git does not say why'}`;
  }
}
