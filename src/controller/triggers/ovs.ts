import { watchOvs } from '../../tools/ovsdb/watch.ts';
import { Backoff } from './backoff.ts';
import { keepSubscribed, type TriggerWatch } from './subscription.ts';

const FIRST_PAUSE_MS = 100;
/** A try costs 0.1 ms, so Open vSwitch that is installed or started later is noticed within a second. */
const LONGEST_PAUSE_MS = 1000;

/**
 * Watches the rows of Open vSwitch. `onEvent` is called for changes that a plan could read, and when ovsdb-server goes
 * or comes, also for the first time. A host without it is no trouble.
 */
export function ovsMonitor(
  env: Readonly<Record<string, string | undefined>>,
  onEvent: () => void,
  onTrouble: (why: string) => void,
): TriggerWatch {
  return keepSubscribed(
    () => watchOvs(env, onEvent),
    {
      onReady: onEvent,
      onLost(why) {
        onTrouble(`the connection to Open vSwitch's database is lost (${why}) and is made again`);
        onEvent();
      },
      onRefused: () => {},
    },
    new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
  );
}
