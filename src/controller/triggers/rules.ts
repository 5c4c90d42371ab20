import { monitorRules } from '../../tools/nft/monitor.ts';
import { processMonitor } from './process-monitor.ts';
import type { TriggerWatch } from './subscription.ts';

/**
 * Watches our table of this network namespace, and what of others' may drop what we forward: whoever flushes the ruleset
 * takes the way out from guests at once.
 */
export function ruleMonitor(onEvent: () => void, onTrouble: (why: string) => void): TriggerWatch {
  const words = { program: 'nft monitor', events: 'events of rules', changes: 'changes of rules' };
  return processMonitor(monitorRules, words, onEvent, onTrouble);
}
