import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { vi } from 'vitest';

/** What Ctrl-C is to a terminal. */
export const CTRL_C = '\u0003';

/** How long something may take that is shown: less than a test has, so that it is told what did not come. Milliseconds. */
const PATIENCE = 45_000;

/** A program of ours on a pseudo terminal of its own. */
export interface OnTerminal {
  /** All that it has shown. */
  shown(): string;
  /** Waits until it has shown this. */
  shows(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  /** The terminal goes away, as a window that is closed. */
  hangUp(): void;
  ended: Promise<number | null>;
  /** The processes that it started in other network namespaces than ours. */
  inside(): Inside[];
}

export interface Inside {
  pid: number;
  namespace: string;
}

/** Where it runs, if not as any program of this process. */
export interface Surroundings {
  namespace: string;
  env: NodeJS.ProcessEnv;
}

/** Runs Node with these words, none of which needs quoting, in a directory that no other process works in. */
export function onTerminal(words: readonly string[], cwd: string, inside?: Surroundings): OnTerminal {
  const before = inside === undefined ? [] : ['ip', 'netns', 'exec', inside.namespace];
  const command = ['exec', ...before, process.execPath, ...words].join(' ');
  // script(1), of bsdutils: its standard input is what is typed.
  const child: ChildProcess = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...process.env, ...inside?.env, TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '' },
  });
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      shown += text;
    });
  }
  const ended = once(child, 'close').then(() => child.exitCode);
  const state = () => (child.exitCode === null ? 'goes on' : `ended with ${child.exitCode}`);
  return {
    shown: () => shown,
    async shows(text) {
      const has = () => (typeof text === 'string' ? shown.includes(text) : text.test(shown));
      const waited = vi.waitUntil(() => has() || child.exitCode !== null, {
        timeout: PATIENCE,
        interval: 20,
      });
      await waited.catch(() => {});
      if (!has()) throw new Error(`it never showed ${text}, and ${state()}:\n${shown}`);
    },
    type: (keys) => void child.stdin?.write(keys),
    hangUp: () => void child.kill('SIGKILL'),
    ended,
    inside: () => insideOf(cwd),
  };
}

/** The processes at work in a directory and in a network namespace that is not ours. */
function insideOf(cwd: string): Inside[] {
  const own = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc').flatMap((entry) => {
    try {
      if (readlinkSync(`/proc/${entry}/cwd`) !== cwd) return [];
      const namespace = readlinkSync(`/proc/${entry}/ns/net`);
      return namespace === own ? [] : [{ pid: Number(entry), namespace }];
    } catch {
      return [];
    }
  });
}

/** Waits until no process is left in a network namespace. */
export async function untilEmpty(namespace: string): Promise<void> {
  await vi.waitUntil(() => !readdirSync('/proc').some((entry) => isIn(entry, namespace)), {
    timeout: 30_000,
    interval: 20,
  });
}

function isIn(entry: string, namespace: string): boolean {
  try {
    return readlinkSync(`/proc/${entry}/ns/net`) === namespace;
  } catch {
    return false;
  }
}
