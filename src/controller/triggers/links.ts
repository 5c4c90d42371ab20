import { monitorLinks } from '../../tools/ip/monitor.ts';
import { Backoff } from './backoff.ts';
import { keepSubscribed, type TriggerWatch } from './subscription.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Watches the links and addresses of this network namespace. `onEvent` is called for changes that a plan could read,
 * and whenever some may have been missed: when the monitor begins, begins again, or the kernel dropped messages.
 */
export function linkMonitor(onEvent: () => void, onTrouble: (why: string) => void): TriggerWatch {
  const open = async () =>
    monitorLinks({
      onChange: onEvent,
      onOverflow() {
        onTrouble('the kernel dropped link events, for there were too many: all is read anew');
        onEvent();
      },
    });
  return keepSubscribed(
    open,
    {
      onReady: onEvent,
      onLost: (why) => onTrouble(`ip monitor has ended (${why}) and is started again`),
      onRefused: (why) => onTrouble(`ip monitor cannot run (${why}): changes of links wait for the timer`),
    },
    new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
  );
}
