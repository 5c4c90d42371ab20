import { Confirmation } from '../controller/safety/confirmation.ts';
import type { Plan } from '../model/plan.ts';
import { progress } from '../render/progress.ts';
import { mayChangeLinks } from '../tools/capabilities.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { type Lock, takeLock, UnsafeDirectory } from '../tools/lock.ts';
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
 * their own and do not see the signal. `prepare` runs while the lock is taken, and what it has to say against the run
 * comes first.
 */
export async function whileLocked<T>(
  io: Io,
  prepare: (locked: Promise<void>) => Promise<T>,
  work: (control: Control, prepared: T) => Promise<number>,
): Promise<number> {
  const taking = lockHost(io);
  const locked = taking.then(() => {});
  // Who waits for it is told; a `prepare` that does not wait must not end the process by it.
  locked.catch(() => {});
  let prepared: T;
  try {
    prepared = await prepare(locked);
  } catch (error) {
    // Without the lock there is nothing to give back; why not is not what the user has to hear first.
    await taking.then(
      (lock) => lock.release(),
      () => {},
    );
    throw error;
  }
  const lock = await taking;
  let stopping = false;
  const shown = progress(io.stderr, { tty: io.interactive });
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stopping) io.stderr.write(`\n${signal}: stopping after this batch\n`);
    stopping = true;
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  try {
    const control = {
      stop: () => stopping,
      onProgress: (done: number, total: number) => shown.update(done, total, 'steps'),
      end: () => shown.end(),
    };
    return await work(control, prepared);
  } finally {
    shown.end();
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    await lock.release();
  }
}

/** Ends a run that is about to change what it may not. Else the kernel would say so of each link, one by one. */
export function requireRights(): void {
  if (mayChangeLinks()) return;
  throw new ExitError(
    EXIT.failed,
    'this process may not change the links of this host (it lacks CAP_NET_ADMIN): nothing was done',
    'run it as root; plan and check need no privilege, and apply --sandbox tries it out',
  );
}

/** The same with a plan at hand: one that changes nothing needs no rights. */
export function requireRightsFor({ changes }: Plan): void {
  if (changes.some(({ gate }) => gate.is === 'open')) requireRights();
}

async function lockHost(io: Io): Promise<Lock> {
  const directory = runtimeDirectory(io.env);
  const lock = await takeLock(directory).catch((error: unknown) => {
    // Who may not change the host need not be told how to lock it.
    if (error instanceof UnsafeDirectory) requireRights();
    throw error;
  });
  if (!('busyPid' in lock)) {
    const waiting = new Confirmation(directory).waiting();
    if (waiting === null) return lock;
    await lock.release();
    const until = waiting.until === null ? '' : ` until ${waiting.until}`;
    throw new ExitError(
      EXIT.busy,
      `an apply --confirm waits to be confirmed${until}: nothing was done`,
      'plumbline confirm keeps what it has made',
    );
  }
  const who = lock.busyPid === null ? 'another run' : `another run (pid ${lock.busyPid})`;
  throw new ExitError(EXIT.busy, `${who} has this host: nothing was done`, 'try again when it has ended');
}
