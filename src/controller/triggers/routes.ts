import { monitorRoutes } from '../../tools/ip/monitor.ts';
import { processMonitor } from './process-monitor.ts';
import type { TriggerWatch } from './subscription.ts';

/** Watches our routes, and by which links packets are forwarded. Addresses are watched with the links. */
export function routeMonitor(onEvent: () => void, onTrouble: (why: string) => void): TriggerWatch {
  const words = { program: 'ip monitor of routes', events: 'events of routes', changes: 'changes of routes' };
  return processMonitor(monitorRoutes, words, onEvent, onTrouble);
}
