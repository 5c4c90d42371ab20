import { monitorLinks } from '../../tools/ip/monitor.ts';
import { processMonitor } from './process-monitor.ts';
import type { TriggerWatch } from './subscription.ts';

/** Watches the links and addresses of this network namespace for changes that a plan could read. */
export function linkMonitor(onEvent: () => void, onTrouble: (why: string) => void): TriggerWatch {
  const words = { program: 'ip monitor', events: 'link events', changes: 'changes of links' };
  return processMonitor(monitorLinks, words, onEvent, onTrouble);
}
