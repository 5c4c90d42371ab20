import type { Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import type { Io } from './io.ts';

export interface PlanReport {
  command: 'plan' | 'apply' | 'teardown';
  outcomes: ReadonlyMap<Id, Outcome> | null;
  next: string | null;
}

/** A plan, or what became of it, on standard output. */
export async function writePlan(
  io: Io,
  format: 'text' | 'json',
  plan: Plan,
  report: PlanReport,
): Promise<void> {
  if (format === 'json') {
    const { renderPlanJson } = await import('../render/plan-json.ts');
    io.stdout.write(`${JSON.stringify(renderPlanJson(plan, report.outcomes), null, 2)}\n`);
    return;
  }
  const { renderPlanText } = await import('../render/plan-text.ts');
  const { color, unicode, width } = io;
  const holderName = await holderNames(plan);
  io.stdout.write(renderPlanText(plan, { color, unicode, width, holderName, ...report }));
}

/** Processes are asked for their names only when the plan names one. */
async function holderNames(plan: Plan): Promise<(pid: number) => string | null> {
  if (!plan.changes.some(({ gate }) => gate.is === 'held')) return () => null;
  return (await import('../tools/holders.ts')).processName;
}

/** What to type next so that the open changes, or those that the guard holds, are made; null when there are none. */
export function nextCommand(
  plan: Plan,
  command: 'apply' | 'teardown',
  options: { argument?: string | null; host?: string | null; revision?: string | null },
  env: NodeJS.ProcessEnv,
): string | null {
  const guarded = plan.changes.some(({ gate }) => gate.is === 'held' && gate.why === 'guard');
  if (!guarded && !plan.changes.some(({ gate }) => gate.is === 'open')) return null;
  const words = ['plumbline', command];
  if (options.argument && options.argument !== 'desired') words.push(options.argument);
  if (options.host) words.push('--host', options.host);
  if (options.revision) words.push('--revision', options.revision);
  if (command === 'teardown') words.push('--yes');
  if (sandboxSettings(env) !== null) words.push('--sandbox');
  if (guarded) words.push('--allow-prune');
  return words.join(' ');
}
