import type { TriggerWatch } from './subscription.ts';

/** Hosts that were started together do not ask one remote all at once: a tenth more or less. */
const JITTER = 0.1;

/** Calls `onEvent` about every so many seconds, for what sends no events. */
export function timer(intervalSeconds: number, onEvent: () => void): TriggerWatch {
  let current: NodeJS.Timeout | null = null;
  const next = () => {
    const factor = 1 + JITTER * (2 * Math.random() - 1);
    current = setTimeout(
      () => {
        next();
        onEvent();
      },
      intervalSeconds * 1000 * factor,
    );
  };
  return {
    start: async () => next(),
    close() {
      if (current !== null) clearTimeout(current);
    },
  };
}

/** Calls `onEvent` at SIGHUP, which then does not end the process. */
export function hangup(onEvent: () => void): TriggerWatch {
  return {
    start: async () => void process.on('SIGHUP', onEvent),
    close: () => void process.off('SIGHUP', onEvent),
  };
}
