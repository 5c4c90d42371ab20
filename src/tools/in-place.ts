import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import { findProgram } from './programs.ts';

/**
 * Running a program in our own place. Node cannot replace itself by another program (execve(2)), so it is our child, and
 * we are as little in its way as can be: same terminal, same process group, same standard streams; signals that reach us
 * alone go on to it, and its end becomes ours.
 */

/** What those of a terminal's keys send to a whole process group: the program has them already. */
const OF_KEYS = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH']);

/** What is passed on: all that may be caught, that somebody sends, and that Node has no use of its own for. */
const PASSED: readonly NodeJS.Signals[] = [
  ...OF_KEYS,
  'SIGHUP',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
  'SIGPWR',
  'SIGURG',
  'SIGIO',
];

/** How a program ended. */
export type End = { is: 'exit'; code: number } | { is: 'signal'; signal: NodeJS.Signals };

/** Why a program cannot be started, and the exit status that env(1) and shells have for that. */
export interface CannotRun {
  code: 126 | 127;
  why: string;
}

/** Looks for a program as execvp(3) does; null where it can be started. */
export function cannotRun(word: string): CannotRun | null {
  const paths = word.includes('/') ? [word] : directoriesOf(process.env.PATH).map((one) => join(one, word));
  const files = paths.filter(isFile);
  if (files.length === 0) return { code: 127, why: `there is no program ${word}` };
  if (files.some(isExecutable)) return null;
  return { code: 126, why: `${files[0]} may not be executed` };
}

/**
 * Starts a program in our place. It has `descriptors` as 3, 4 and so on; they stay open here, for the caller to close.
 * When this process is killed the kernel ends the program too (prctl(2) PR_SET_PDEATHSIG, by setpriv(1), which becomes
 * the program), unless it changes its user.
 */
export function startInPlace(
  word: string,
  args: readonly string[],
  descriptors: readonly number[],
): Promise<End> {
  const setpriv = findProgram('setpriv');
  const [file, argv] =
    setpriv === null ? [word, args] : [setpriv, ['--pdeathsig', 'KILL', '--', word, ...args]];
  let child: ChildProcess | null = null;
  const stop = passSignals((signal) => {
    if (!(OF_KEYS.has(signal) && hasItFromTerminal(child?.pid))) child?.kill(signal);
    // A shell waits for our stop, not for the program's. Without a terminal nobody would continue us.
    if (signal === 'SIGTSTP' && hasTerminal()) process.kill(process.pid, 'SIGSTOP');
  });
  const started = spawn(file, argv, { stdio: ['inherit', 'inherit', 'inherit', ...descriptors] });
  child = started;
  return new Promise<End>((resolve, reject) => {
    started.once('error', reject);
    started.once('exit', (code, signal) =>
      resolve(signal === null ? { is: 'exit', code: code ?? 0 } : { is: 'signal', signal }),
    );
  }).finally(stop);
}

/**
 * Ends this process as a program ended: by the same signal, so that a shell or systemd sees what it would have seen.
 * Where that does not end us (Node ignores SIGPIPE) or would leave a dump of our own memory, the result is the status by
 * which shells name a signal.
 */
export function endAs(end: End): number {
  if (end.is === 'exit') return end.code;
  if (!DUMPS.has(end.signal)) process.kill(process.pid, end.signal);
  return 128 + osConstants.signals[end.signal];
}

/** signal(7), those with the action Core. */
const DUMPS = new Set<NodeJS.Signals>([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGQUIT',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
  'SIGXFSZ',
]);

function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const handlers = PASSED.map((signal): [NodeJS.Signals, () => void] => [signal, () => pass(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/**
 * Whether a signal that a key sends has reached the program by itself: it is in our process group, and that is the
 * terminal's foreground one. Node does not tell who sent a signal, so one that a person sends by kill(1) to this process
 * alone, while it has the terminal, counts as a key as well.
 */
function hasItFromTerminal(pid: number | undefined): boolean {
  const [ours, its] = [terminalOf('self'), pid === undefined ? null : terminalOf(pid)];
  return ours !== null && its !== null && ours.group === ours.foreground && its.group === ours.group;
}

function hasTerminal(): boolean {
  return (terminalOf('self')?.foreground ?? -1) > 0;
}

/** proc_pid_stat(5), fields 5 (pgrp) and 8 (tpgid, -1 without a terminal). */
function terminalOf(pid: number | 'self'): { group: number; foreground: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { group: Number(fields[2]), foreground: Number(fields[5]) };
  } catch {
    return null;
  }
}

/** POSIX: an empty entry is the working directory. */
function directoriesOf(path: string | undefined): string[] {
  return (path ?? '').split(delimiter).map((one) => one || '.');
}

/** Not where we may not enter: another user may have left such a directory in our PATH. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
