import { progress } from '../render/progress.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { takeLock } from '../tools/lock.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';

/** What a run that changes the host is steered by. */
export interface Control {
  /** Whether the user, or the system, wants it to end after this batch. */
  stop(): boolean;
  onProgress(done: number, total: number): void;
  /** Takes the progress line away. */
  end(): void;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does what changes the host with the host's lock held. Ctrl-C stops it between two batches, which are in sessions of
 * their own and do not see the signal.
 */
export async function whileLocked(io: Io, work: (control: Control) => Promise<number>): Promise<number> {
  const lock = await takeLock(runtimeDirectory(io.env));
  if ('busyPid' in lock) {
    const who = lock.busyPid === null ? 'another run' : `another run (pid ${lock.busyPid})`;
    throw new ExitError(EXIT.busy, `${who} has this host: nothing was done`, 'try again when it has ended');
  }
  let stopping = false;
  const shown = progress(io.stderr, { tty: io.interactive });
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stopping) io.stderr.write(`\n${signal}: stopping after this batch\n`);
    stopping = true;
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  try {
    return await work({
      stop: () => stopping,
      onProgress: (done, total) => shown.update(done, total, 'steps'),
      end: () => shown.end(),
    });
  } finally {
    shown.end();
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    await lock.release();
  }
}
