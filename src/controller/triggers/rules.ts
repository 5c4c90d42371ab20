import { monitorRules } from '../../tools/nft/monitor.ts';
import { Backoff } from './backoff.ts';
import { keepSubscribed, type TriggerWatch } from './subscription.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Watches our table of this network namespace, and what of others' may drop what we forward: whoever flushes the ruleset
 * takes the way out from guests at once.
 */
export function ruleMonitor(onEvent: () => void, onTrouble: (why: string) => void): TriggerWatch {
  const open = async () =>
    monitorRules({
      onChange: onEvent,
      onOverflow() {
        onTrouble('the kernel dropped events of rules, for there were too many: all is read anew');
        onEvent();
      },
    });
  return keepSubscribed(
    open,
    {
      onReady: onEvent,
      onLost: (why) => onTrouble(`nft monitor has ended (${why}) and is started again`),
      onRefused: (why) => onTrouble(`nft monitor cannot run (${why}): changes of rules wait for the timer`),
    },
    new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
  );
}
