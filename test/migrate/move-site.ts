import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { git } from '../controller/source/git-repository.ts';
import { scratch, writeFiles } from '../support/desired-directory.ts';
import { until } from '../support/netns.ts';
import { programFile, type Run } from '../support/program.ts';
import { type FakeHost, fakeHost, type Play } from './fake-host.ts';

/** A guest as people write it, with all that a program should leave alone. */
export const WEB = `# the shop
apiVersion: plumbline/v1
kind: Guest
metadata: { name: web }
spec:
  host: kvm-a   # rack 1
  interfaces:
    - { name: eth0, network: s }
`;

/** A fleet of two hosts, in a repository with a remote or without, a person's clone of it, and controllers in play. */
export interface MoveSite {
  directory: string;
  /** The person's working tree. */
  tree: string;
  /** The repository that the hosts follow. */
  followed: string;
  hosts: { a: FakeHost; b: FakeHost };
  play: { a: Partial<Play>; b: Partial<Play> };
  env: NodeJS.ProcessEnv;
  head(): string;
  /** The guest's document in the newest commit. */
  text(file?: string): string;
  subjects(): string[];
  /** Somebody else's commit, pushed. */
  push(files: Record<string, string>, message?: string): string;
  migrate(words: readonly string[], to?: string): Migrating;
}

export interface Migrating {
  process: ChildProcess;
  output(): string;
  shows(text: string): Promise<void>;
  ended: Promise<Run>;
}

export interface SiteOptions {
  remote?: boolean;
  files?: Record<string, string>;
}

export async function moveSite({ remote = true, files = {} }: SiteOptions = {}): Promise<MoveSite> {
  const directory = scratch();
  const socket = (name: string) => join(directory, `${name}.sock`);
  const tree = join(directory, 'tree');
  const home = join(directory, 'home');
  mkdirSync(home);
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Ada\n\temail = ada@example.com\n');
  git(directory, 'init', '--quiet', '--initial-branch=main', tree);
  const host = (name: string) =>
    `apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-${name} }\nspec:\n  controller: unix://${socket(name)}\n  networks: { s: { type: bridge, bridge: br-s, manage: true, uplinks: [eth1] } }\n`;
  const documents = {
    'desired/net.yaml': 'apiVersion: plumbline/v1\nkind: Network\nmetadata: { name: s }\nspec: {}\n',
    'desired/a.yaml': host('a'),
    'desired/b.yaml': host('b'),
    'desired/web.yaml': WEB,
    ...files,
  };
  writeFiles(tree, documents);
  git(tree, 'add', '--all');
  git(tree, 'commit', '--quiet', '--message=wanted');
  const bare = join(directory, 'fleet.git');
  if (remote) {
    git(directory, 'clone', '--quiet', '--bare', tree, bare);
    git(tree, 'remote', 'add', 'origin', bare);
    git(tree, 'fetch', '--quiet', 'origin');
    git(tree, 'branch', '--quiet', '--set-upstream-to=origin/main');
  }
  const followed = remote ? bare : tree;
  const head = () => git(followed, 'rev-parse', 'main');
  const play: MoveSite['play'] = { a: {}, b: {} };
  const hosts = {
    a: await fakeHost(socket('a'), 'kvm-a', 'web', () => ({ applied: head(), ...play.a })),
    b: await fakeHost(socket('b'), 'kvm-b', 'web', () => ({ applied: head(), ...play.b })),
  };
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    STATE_DIRECTORY: join(directory, 'state'),
    RUNTIME_DIRECTORY: join(directory, 'run'),
    NO_COLOR: '1',
  };
  return {
    directory,
    tree,
    followed,
    hosts,
    play,
    env,
    head,
    text: (file = 'web.yaml') => `${git(followed, 'show', `main:desired/${file}`)}\n`,
    subjects: () => git(followed, 'log', '--reverse', '--format=%s', 'main').split('\n').slice(1),
    push(changed, message = 'other') {
      const other = join(directory, 'other');
      if (!existsSync(other)) git(directory, 'clone', '--quiet', followed, other);
      git(other, 'pull', '--quiet', '--rebase');
      writeFiles(other, changed);
      git(other, 'add', '--all');
      git(other, 'commit', '--quiet', `--message=${message}`);
      git(other, 'push', '--quiet', 'origin', 'HEAD:main');
      return head();
    },
    migrate: (words, to = 'kvm-b') => migrating(join(tree, 'desired'), to, words, env),
  };
}

export function migrating(
  desired: string,
  to: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  flags: readonly string[] = [],
): Migrating {
  const argv = [programFile(), 'migrate', 'web', desired, '--to', to, ...flags, '--', ...words];
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Run>((resolve) => {
    child.once('exit', (status, signal) => {
      // What a command left behind may hold the pipes open.
      setImmediate(() => resolve({ status, signal, stdout, stderr }));
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    output: () => stdout + stderr,
    async shows(text) {
      await until(text, () => (stdout + stderr).includes(text) || child.exitCode !== null, 60);
      if (!(stdout + stderr).includes(text)) throw new Error(`it ended and never said ${text}:\n${stderr}`);
    },
    ended,
  };
}

/** What a file holds, once it does. */
export async function contentOf(path: string): Promise<string> {
  await until(`${path} is there`, () => existsSync(path) && readFileSync(path, 'utf8') !== '', 60);
  return readFileSync(path, 'utf8');
}
