import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Way } from './commit-words.ts';

/** Exit statuses of shells for a program that is not there, or is no program. */
const NOT_FOUND = 127;
const NOT_A_PROGRAM = 126;

export interface CommandOptions {
  words: readonly string[];
  way: Way;
  env: NodeJS.ProcessEnv;
  /** Stays open in it: it holds the guest's lock as long as it runs. */
  lock: number;
  /** Takes what hands a signal on to it, while it runs. */
  onSignal(send: ((signal: NodeJS.Signals) => void) | null): void;
}

/** Runs the command that moves the guest, on our own terminal; its exit status, as shells count. */
export async function runCommand({ words, way, env, lock, onSignal }: CommandOptions): Promise<number> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    stdio: ['inherit', 'inherit', 'inherit', lock],
    env: { ...env, PLUMBLINE_GUEST: way.guest, PLUMBLINE_FROM: way.from, PLUMBLINE_TO: way.to },
  });
  onSignal((signal) => void child.kill(signal));
  try {
    return await new Promise<number>((resolve) => {
      child.once('error', (error) => {
        resolve('code' in error && error.code === 'ENOENT' ? NOT_FOUND : NOT_A_PROGRAM);
      });
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    onSignal(null);
  }
}
