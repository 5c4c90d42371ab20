import { Socket } from 'node:net';
import { constants } from 'node:os';

/** The descriptor that ties the program inside to the one outside: signals come in by it, and its end is the end. */
export const LIFELINE = 3;
/** Set for the program inside alone. */
export const INSIDE_VARIABLE = 'PLUMBLINE_INSIDE_SANDBOX';

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * Whether this process is the first of the sandbox's process namespace, which no user's shell can start by typing our
 * internal word.
 */
export function isFirstInside(): boolean {
  return process.pid === 1 && process.env[INSIDE_VARIABLE] === '1';
}

/**
 * Holds on to the program outside. The first process of a namespace ignores every signal that it has no handler for,
 * so the default is given back here; a command's own handler goes first. Ends this process, and by that the sandbox,
 * when the outside has gone: also where setpriv's signal could not be set in time.
 */
export function holdLifeline(): void {
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
  const lifeline = new Socket({ fd: LIFELINE, readable: true, writable: false });
  lifeline.setEncoding('utf8');
  lifeline.on('data', (text) => {
    const signal = STOP_SIGNALS.find((known) => String(text).includes(known));
    if (signal) process.kill(process.pid, signal);
  });
  lifeline.on('error', () => process.exit(1));
  lifeline.on('end', () => process.exit(1));
  lifeline.unref();
}
