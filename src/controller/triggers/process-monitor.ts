import type { MonitorEvents, MonitorProcess } from '../../tools/monitor.ts';
import { Backoff } from './backoff.ts';
import { keepSubscribed, type TriggerWatch } from './subscription.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Keeps a program running that tells of changes of the kernel's. `onEvent` is called for those, and whenever some may
 * have been missed: when the program begins, begins again, or the kernel dropped messages.
 */
export function processMonitor(
  start: (events: MonitorEvents) => MonitorProcess,
  words: {
    /** As in `ip monitor has ended`. */
    program: string;
    /** As in `the kernel dropped link events`. */
    events: string;
    /** As in `changes of links wait for the timer`. */
    changes: string;
  },
  onEvent: () => void,
  onTrouble: (why: string) => void,
): TriggerWatch {
  const { program, events, changes } = words;
  const open = async () =>
    start({
      onChange: onEvent,
      onOverflow() {
        onTrouble(`the kernel dropped ${events}, for there were too many: all is read anew`);
        onEvent();
      },
    });
  return keepSubscribed(
    open,
    {
      onReady: onEvent,
      onLost: (why) => onTrouble(`${program} has ended (${why}) and is started again`),
      onRefused: (why) => onTrouble(`${program} cannot run (${why}): ${changes} wait for the timer`),
    },
    new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
  );
}
