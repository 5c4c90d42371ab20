import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';

/** Named by the process that made it, so that what a killed run left can be told from what is in use. */
const PREFIX = 'plt';
const NAME = /^plt-(\d+)-[0-9a-f]+$/;

export interface Namespace {
  name: string;
  /** Runs a program in it; throws with its words when it fails. */
  exec(...args: string[]): string;
  /** Runs a program in it and leaves it running; it is ended with the namespace. */
  start(...args: string[]): ChildProcess;
  /** Feeds lines to `ip -batch`; throws when one fails. */
  ip(batch: string): void;
  remove(): void;
}

const standing = new Set<Namespace>();
let prepared = false;

/** A network namespace of the test's own, which goes with `remove` or at the latest with this process. */
export function createNamespace(): Namespace {
  prepare();
  const name = `${PREFIX}-${process.pid}-${randomBytes(4).toString('hex')}`;
  run('ip', ['netns', 'add', name]);
  const children: ChildProcess[] = [];
  const namespace: Namespace = {
    name,
    exec: (...args) => run('ip', ['netns', 'exec', name, ...args]),
    start(...args) {
      // `ip netns exec` replaces itself by the program, so the child's pid is the program's.
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', name, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.push(child);
      return child;
    },
    ip(batch) {
      run('ip', ['-n', name, '-batch', '-'], batch);
    },
    remove() {
      if (!standing.delete(namespace)) return;
      for (const child of children) child.kill('SIGKILL');
      run('ip', ['netns', 'delete', name]);
    },
  };
  standing.add(namespace);
  return namespace;
}

/** A namespace for as long as `body` runs. */
export async function withNamespace<T>(body: (namespace: Namespace) => Promise<T> | T): Promise<T> {
  const namespace = createNamespace();
  try {
    return await body(namespace);
  } finally {
    namespace.remove();
  }
}

let lastIndex = 0;

/**
 * An index for `link add … index N` that no other namespace of the machine has by accident. A macvtap's node in /dev is
 * named after its index, and of two with the same only the first has one.
 */
export function uniqueIndex(): number {
  lastIndex++;
  return 1_000_000_000 + (process.pid % 100_000) * 10_000 + lastIndex;
}

/** Milliseconds from one look at a condition to the next. */
const PAUSE = { least: 10, most: 50 };

/**
 * Waits for a condition, looked at every few milliseconds; throws when that took too long. Looking often starts a
 * process: the longer that takes and the wait lasts the rarer it is, so that it takes little from what is waited for.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 10,
): Promise<void> {
  const begin = Date.now();
  for (let now = begin; now < begin + seconds * 1000; now = Date.now()) {
    if (await condition()) return;
    const pause = Math.max(PAUSE.least, 2 * (Date.now() - now), (now - begin) / 20);
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, PAUSE.most)));
  }
  throw new Error(`waited ${seconds} seconds in vain: ${what}`);
}

function prepare(): void {
  if (prepared) return;
  prepared = true;
  removeStale();
  process.on('exit', removeAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      removeAll();
      process.kill(process.pid, signal);
    });
  }
}

function removeAll(): void {
  for (const namespace of [...standing]) namespace.remove();
}

/** Those of runs that were killed: their process is gone. */
function removeStale(): void {
  if (!existsSync('/run/netns')) return;
  for (const name of readdirSync('/run/netns')) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'delete', name]);
  }
}

function run(program: string, args: string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
