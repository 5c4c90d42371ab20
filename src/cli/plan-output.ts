import type { Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { directoryWord, shellLine } from '../model/shell.ts';
import type { Applied } from '../run/apply.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import type { Io } from './io.ts';

export interface PlanReport {
  command: 'plan' | 'apply' | 'teardown';
  outcomes: Outcomes | null;
  next: string | null;
  /** The desired directory; left out where no document is told of. */
  directory?: string;
  /** Links that a stopped run left behind; none if left out. */
  unfinished?: number;
}

/** A plan, or what became of it, on standard output. */
export async function writePlan(
  io: Io,
  format: 'text' | 'json',
  plan: Plan,
  report: PlanReport,
): Promise<void> {
  io.stdout.write(await planOutput(io, format, plan, report));
}

async function planOutput(io: Io, format: 'text' | 'json', plan: Plan, report: PlanReport): Promise<string> {
  if (format === 'json') {
    const { renderPlanJson } = await import('../render/plan-json.ts');
    return `${JSON.stringify(renderPlanJson(plan, report.outcomes, report.unfinished), null, 2)}\n`;
  }
  const { renderPlanText } = await import('../render/plan-text.ts');
  const { color, unicode, width } = io;
  const holderName = await holderNames(plan);
  return renderPlanText(plan, { color, unicode, width, holderName, ...report });
}

/**
 * What an apply prints, made while the tools are at work, on the assumption that nothing fails, and made anew where
 * something did: a report of 1,000 guests takes as long as a tenth of making them.
 */
export class ApplyReport {
  private expected: Promise<string> | null = null;
  private readonly io: Io;
  private readonly format: 'text' | 'json';
  private readonly directory: string;

  constructor(io: Io, { output, directory }: { output: 'text' | 'json'; directory: string }) {
    this.io = io;
    this.format = output;
    this.directory = directory;
  }

  prepare(plan: Plan, outcomes: Outcomes): void {
    this.expected = this.textOf(plan, outcomes);
    this.expected.catch(() => {});
  }

  /** `again` is the command that goes on where this run has ended early, or has failed. */
  async write(applied: Applied, again: string | null): Promise<void> {
    const { plan, outcomes, stopped, unfinished } = applied;
    const expected = applied.asExpected ? this.expected : null;
    const next = stopped || failedSome(outcomes) ? again : null;
    this.io.stdout.write(await (expected ?? this.textOf(plan, outcomes, { next, unfinished })));
  }

  private textOf(
    plan: Plan,
    outcomes: Outcomes,
    more: Pick<PlanReport, 'next' | 'unfinished'> = { next: null },
  ): Promise<string> {
    return planOutput(this.io, this.format, plan, {
      command: 'apply',
      outcomes,
      directory: this.directory,
      ...more,
    });
  }
}

type Outcomes = ReadonlyMap<Id, Outcome>;

function failedSome(outcomes: Outcomes): boolean {
  return [...outcomes.values()].some(({ result }) => result === 'failed');
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
  options: {
    directory?: string | null;
    host?: string | null;
    revision?: string | null;
    allowRecreate?: boolean;
    allowPrune?: boolean;
  },
  env: NodeJS.ProcessEnv,
): string | null {
  const guarded = plan.changes.some(({ gate }) => gate.is === 'held' && gate.why === 'guard');
  if (!guarded && !plan.changes.some(({ gate }) => gate.is === 'open')) return null;
  const words = ['plumbline', command];
  if (options.directory && options.directory !== 'desired') words.push(directoryWord(options.directory));
  if (options.host) words.push('--host', options.host);
  if (options.revision) words.push('--revision', options.revision);
  if (command === 'teardown') words.push('--yes');
  if (sandboxSettings(env) !== null) words.push('--sandbox');
  if (options.allowRecreate) words.push('--allow-recreate');
  if (guarded || options.allowPrune) words.push('--allow-prune');
  return shellLine(words);
}
