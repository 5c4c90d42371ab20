import type { Plan } from '../../model/plan.ts';
import type { Trigger } from '../../model/status.ts';
import type { Outcomes } from '../../render/plan-rows.ts';
import { routeMonitor } from './routes.ts';
import { ruleMonitor } from './rules.ts';
import { serviceWatch } from './services.ts';
import type { TriggerWatch } from './subscription.ts';

/** Watches what serves the networks of this host, for as long as there is any that it serves. */
export interface ServingWatch {
  /** How a run ended, or what a look has found. */
  observed(plan: Plan, outcomes: Outcomes | null): void;
  close(): void;
}

export function servingWatch(
  env: NodeJS.ProcessEnv,
  push: (trigger: Trigger) => void,
  onTrouble: (why: string) => void,
): ServingWatch {
  const services = serviceWatch(env, () => push('services'));
  let monitors: readonly TriggerWatch[] = [];

  function watchKernel(serves: boolean): void {
    if (serves === monitors.length > 0) return;
    for (const monitor of monitors) monitor.close();
    monitors = serves
      ? [ruleMonitor(() => push('rules'), onTrouble), routeMonitor(() => push('routes'), onTrouble)]
      : [];
    for (const monitor of monitors) void monitor.start();
  }

  return {
    observed(plan, outcomes) {
      watchKernel(plan.networks.some(({ serving }) => serving !== undefined));
      services.watch(...runningServices(plan, outcomes));
    },
    close() {
      watchKernel(false);
      services.close();
    },
  };
}

/** The networks whose dnsmasq runs now, as far as this run knows, and whether it has changed one. */
function runningServices(plan: Plan, outcomes: Outcomes | null): [names: Set<string>, changed: boolean] {
  const names = new Set(plan.networks.flatMap(({ name, serving }) => (serving?.service ? [name] : [])));
  let changed = false;
  for (const { id, kind, name, after } of plan.changes) {
    if (kind !== 'service') continue;
    const done = outcomes?.get(id)?.result === 'done';
    changed ||= done;
    if (!done || after === null) names.delete(name);
  }
  return [names, changed];
}
