import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remoteEnvironment } from '../controller/source/remote-environment.ts';
import { readBlobs } from '../desired/blobs.ts';
import { type Loaded, loadRevision } from '../desired/load.ts';
import { messageOf } from '../tools/result.ts';
import { borrowedConfig, remoteConfig } from './borrowed-config.ts';
import type { ConfigOrigin } from './config-origin.ts';
import { RepositoryTrouble } from './repository-trouble.ts';
import { type UserGitOptions, userGit } from './user-git.ts';

/** The branch as it was last fetched. */
const HEAD = 'refs/plumbline/head';
/** What is about to be published. */
const NEXT = 'refs/heads/plumbline-next';

/** A remote that says nothing for so long is given up. */
const SILENCE_MS = 60_000;

/** A file as it is in a commit. */
interface File {
  mode: string;
  text: string;
}

export interface NewCommit {
  parent: string;
  /** Relative to the desired directory. */
  file: string;
  text: string;
  /** What and why: the subject, and paragraphs. */
  message: readonly string[];
}

/**
 * A clone of the config repository that lives as long as one move: nothing is checked out in it, and nothing of the
 * person's own working tree is read or written. It goes by their settings for names, keys and remotes.
 */
export class ConfigClone {
  readonly origin: ConfigOrigin;
  private readonly directory: string;
  private env: Record<string, string> = {};

  private constructor(origin: ConfigOrigin, directory: string) {
    this.origin = origin;
    this.directory = directory;
  }

  /** Makes one in a directory that is ours alone; what is left there of an earlier one is removed. Throws RepositoryTrouble. */
  static async make(origin: ConfigOrigin, directory: string): Promise<ConfigClone> {
    const clone = new ConfigClone(origin, directory);
    clone.remove();
    mkdirSync(clone.top, { recursive: true, mode: 0o700 });
    await clone.git(['init', '--quiet', '--template=', `--object-format=${origin.objectFormat}`]);
    const listing = await userGit(origin.base, ['config', '--list', '--local', '--includes', '-z']).catch(
      () => '',
    );
    const urls = {
      fetch: origin.remote?.fetch.url ?? origin.gitDirectory,
      push: origin.remote?.push.url ?? '',
    };
    const remote = remoteConfig({ ...urls, push: urls.push || urls.fetch });
    // Written here and not given to git, whose arguments every user of the machine can read.
    appendFileSync(join(clone.top, '.git/config'), borrowedConfig(listing) + remote);
    clone.env = await clone.remoteEnvironment();
    return clone;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** In words, where changes go. */
  get description(): string {
    const { branch, remote, base } = this.origin;
    return remote === null ? `${branch} in ${base}` : `${branch} of ${remote.push.shown}`;
  }

  /** The newest commit of the branch. Throws RepositoryTrouble. */
  async fetch(): Promise<string> {
    const { branch, remote } = this.origin;
    const quiet = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
    const words = ['origin', `+refs/heads/${branch}:${HEAD}`];
    // The history of before is of no use here, but for a repository beside this one, which takes commits back from it.
    const shallow = remote === null || (await this.commitId(HEAD)) !== null ? [] : ['--depth=1'];
    await this.remoteGit(['fetch', ...quiet, ...shallow, ...words]).catch(async (error: unknown) => {
      if (shallow.length === 0) throw this.trouble(`cannot fetch ${this.description}`, error);
      // Some servers have no shallow history to give.
      await this.remoteGit(['fetch', ...quiet, ...words]).catch((again: unknown) => {
        throw this.trouble(`cannot fetch ${this.description}`, again);
      });
    });
    const head = await this.commitId(HEAD);
    if (head === null) throw new RepositoryTrouble(`${this.description} has no commit`);
    return head;
  }

  /** Whether the history of `commit`, which may be anybody's text, has `revision` in it, as far as was fetched. */
  async contains(commit: string, revision: string): Promise<boolean> {
    if (commit === revision) return true;
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return false;
    const lost = await this.git(['rev-list', '--max-count=1', revision, `^${commit}`]).catch(() => revision);
    return lost.trim() === '';
  }

  /** Whether it was fetched. */
  async knows(commit: string): Promise<boolean> {
    return /^[0-9a-f]{40,64}$/.test(commit) && (await this.commitId(commit)) !== null;
  }

  /** The fleet of a commit. Throws ProblemsError. */
  load(commit: string, cache: string | null): Promise<Loaded> {
    return loadRevision(join(this.top, this.origin.path), commit, { cache });
  }

  /** A file of the desired directory, byte for byte. Throws RepositoryTrouble. */
  async fileOf(commit: string, file: string): Promise<File> {
    const path = this.pathOf(file);
    const listing = await this.git(['ls-tree', '-z', '--full-tree', commit, '--', path]);
    // `<mode> <type> <object>TAB<path>NUL`, git-ls-tree(1)
    const [, mode = '', blob = ''] = /^(\d+) blob ([0-9a-f]+)\t/.exec(listing) ?? [];
    let text: string | null = null;
    if (blob !== '') {
      await readBlobs(this.top, [{ file, blob }], (_, content) => {
        // A mark at the beginning is a part of the text as any other.
        if (content.is === 'text') text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content.bytes);
      });
    }
    if (text === null) throw new RepositoryTrouble(`${path} is no file of commit ${commit.slice(0, 12)}`);
    return { mode, text };
  }

  /** Makes a commit, signed or not as git is set to, that nobody sees yet; returns its id. Throws RepositoryTrouble. */
  async commit({ parent, file, text, message }: NewCommit): Promise<string> {
    const { mode } = await this.fileOf(parent, file);
    const scratch = join(this.directory, 'text');
    writeFileSync(scratch, text, { mode: 0o600 });
    try {
      const blob = (await this.git(['hash-object', '-w', '--no-filters', '--', scratch])).trim();
      await this.git(['update-ref', '--no-deref', 'HEAD', parent]);
      await this.git(['read-tree', parent]);
      await this.git(['update-index', '--cacheinfo', `${mode},${blob},${this.pathOf(file)}`]);
      const words = message.flatMap((paragraph) => ['--message', paragraph]);
      await this.git(['commit', '--quiet', '--no-verify', '--cleanup=verbatim', ...words], {
        silenceMs: SILENCE_MS,
      });
      return (await this.git(['rev-parse', '--verify', 'HEAD'])).trim();
    } catch (error) {
      throw this.trouble('cannot commit', error);
    }
  }

  /** Makes a commit the branch's newest; why it was refused, in git's words, where its parent is that no more. */
  async publish(commit: string, parent: string): Promise<{ refused: string } | null> {
    const { branch, remote } = this.origin;
    try {
      if (remote === null) await this.publishHere(commit, parent);
      else {
        const quiet = ['--quiet', '--no-verify', '--no-follow-tags', '--recurse-submodules=no'];
        await this.remoteGit(['push', ...quiet, 'origin', `${commit}:refs/heads/${branch}`]);
      }
      return null;
    } catch (error) {
      return { refused: this.reasonIn(error) };
    }
  }

  /** Into the repository that the desired directory lies in: the branch goes from `parent` to `commit`, or stays. */
  private async publishHere(commit: string, parent: string): Promise<void> {
    const { base, branch } = this.origin;
    await this.git(['update-ref', NEXT, commit]);
    await userGit(base, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', this.top, NEXT]);
    const log = ['-m', 'plumbline migrate'];
    await userGit(base, ['update-ref', ...log, `refs/heads/${branch}`, commit, parent]);
  }

  private async commitId(name: string): Promise<string | null> {
    const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const id = (await this.git(words).catch(() => '')).trim();
    return id === '' ? null : id;
  }

  /** The top of its working tree, in which nothing stands. */
  private get top(): string {
    return join(this.directory, 'repository');
  }

  private pathOf(file: string): string {
    return this.origin.path === '' ? file : `${this.origin.path}/${file}`;
  }

  private git(words: string[], options: UserGitOptions = {}): Promise<string> {
    return userGit(this.top, words, options);
  }

  private remoteGit(words: string[]): Promise<string> {
    return this.git(words, { env: this.env, silenceMs: SILENCE_MS });
  }

  private async remoteEnvironment(): Promise<Record<string, string>> {
    const { remote } = this.origin;
    if (remote === null) return remoteEnvironment(this.top, 'file');
    const [fetch, push] = [remote.fetch.protocol, remote.push.protocol];
    const env = await remoteEnvironment(this.top, push === 'ssh' ? push : fetch);
    return { ...env, GIT_ALLOW_PROTOCOL: `${fetch}:${push}` };
  }

  private trouble(what: string, error: unknown): RepositoryTrouble {
    return new RepositoryTrouble(`${what}: ${this.reasonIn(error)}`);
  }

  /** The line in which git says why, without what is secret. */
  private reasonIn(error: unknown): string {
    const { remote } = this.origin;
    const words = messageOf(error);
    const clean = remote === null ? words : remote.push.redact(remote.fetch.redact(words));
    const lines = clean.split(/[\r\n]+/).map((line) => line.trim());
    const said = lines.find((line) => /^(fatal|error|ssh|remote|!)/i.test(line)) ?? lines.find(Boolean);
    return said ?? 'git does not say why';
  }
}
