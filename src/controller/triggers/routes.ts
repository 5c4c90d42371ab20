import { monitorRoutes } from '../../tools/ip/monitor.ts';
import { Backoff } from './backoff.ts';
import { keepSubscribed, type TriggerWatch } from './subscription.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Watches our routes, and by which links packets are forwarded. Addresses are watched with the links. */
export function routeMonitor(onEvent: () => void, onTrouble: (why: string) => void): TriggerWatch {
  const open = async () =>
    monitorRoutes({
      onChange: onEvent,
      onOverflow() {
        onTrouble('the kernel dropped events of routes, for there were too many: all is read anew');
        onEvent();
      },
    });
  return keepSubscribed(
    open,
    {
      onReady: onEvent,
      onLost: (why) => onTrouble(`ip monitor of routes has ended (${why}) and is started again`),
      onRefused: (why) =>
        onTrouble(`ip monitor of routes cannot run (${why}): changes of routes wait for the timer`),
    },
    new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
  );
}
