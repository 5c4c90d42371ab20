import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { findProgram } from '../tools/programs.ts';
import { findIsolation } from './isolation.ts';
import { INSIDE_VARIABLE, LIFELINE, STOP_SIGNALS, type StopSignal } from './lifeline.ts';

/**
 * Runs a program of ours again, in throwaway namespaces, and returns its exit status. It has our standard streams, as
 * they are. It ends when we do, however that happens. `onHangup` is what a hangup of ours comes in as: a program that
 * takes SIGHUP for a wish to read anew would outlive its terminal by it.
 */
export async function enterSandbox(
  program: string,
  argv: readonly string[],
  onHangup: StopSignal = 'SIGHUP',
): Promise<number> {
  const isolation = await findIsolation();
  const inside = [
    'unshare',
    ...isolation.args,
    '--',
    process.execPath,
    ...process.execArgv,
    program,
    ...argv,
  ];
  // The kernel ends unshare when we are killed, and unshare's --kill-child ends all that is inside.
  const tied = findProgram('setpriv') === null ? inside : ['setpriv', '--pdeathsig', 'KILL', '--', ...inside];
  const [file = '', ...args] = tied;
  const child = spawn(findProgram(file) ?? file, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, [INSIDE_VARIABLE]: '1' },
    // A session of its own: Ctrl-C reaches us alone, and the command inside hears of it once.
    detached: true,
  });
  const lifeline = child.stdio[LIFELINE];
  const stop = forwardSignals(child, lifeline && 'write' in lifeline ? lifeline : null, onHangup);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    stop();
  }
}

/** The first signal goes inside, where an apply stops between two batches; the second ends everything at once. */
function forwardSignals(child: ChildProcess, lifeline: Writable | null, onHangup: StopSignal): () => void {
  let asked = false;
  const handlers = STOP_SIGNALS.map((signal): [StopSignal, () => void] => [
    signal,
    () => {
      if (asked || lifeline === null) child.kill('SIGKILL');
      else lifeline.write(`${signal === 'SIGHUP' ? onHangup : signal}\n`);
      asked = true;
    },
  ]);
  lifeline?.on('error', () => {});
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
