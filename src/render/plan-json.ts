import type { AnyChange, Gate, Outcome, Plan } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import { type Outcomes, outcomeOf } from './plan-rows.ts';

/**
 * The object that `plan -o json` and `apply -o json` print: version 1 of a contract with other programs (DESIGN §3).
 * Keys are added, never renamed, and keep their order.
 */
export function renderPlanJson(plan: Plan, outcomes: Outcomes | null, unfinished = 0): object {
  return {
    version: 1,
    host: plan.host,
    revision: plan.revision,
    digest: plan.digest,
    inSync: plan.inSync,
    summary: {
      create: plan.summary.create,
      update: plan.summary.update,
      replace: plan.summary.replace,
      delete: plan.summary.delete,
      held: plan.summary.held,
      skipped: plan.summary.skipped,
    },
    changes: plan.changes.map((change) => changeJson(change, outcomeOf(change, outcomes))),
    problems: plan.problems.map(problemJson),
    ...(unfinished === 0 ? {} : { unfinished }),
  };
}

function changeJson(change: AnyChange, outcome: Outcome | null): object {
  const { before, after } = change;
  return {
    action: change.action,
    kind: change.kind,
    name: change.name,
    guests: change.guests,
    network: change.network,
    impact: change.impact,
    reason: change.reason,
    source: after === null ? null : { file: after.source.file, line: after.source.line },
    before: before === null ? null : before.spec,
    // null in a wanted spec means "not stated", and what is not stated is not there.
    after: after === null ? null : withoutNulls(after.spec),
    fields: change.fields.map(({ field, before: was, after: is }) => ({ field, before: was, after: is })),
    gate: gateJson(change.gate),
    ...(change.running === undefined ? {} : { running: change.running }),
    ...(outcome === null ? {} : { result: outcome.result }),
    ...(outcome === null || outcome.message === null ? {} : { message: outcome.message }),
  };
}

function gateJson(gate: Gate): object {
  switch (gate.is) {
    case 'open':
      return { is: 'open' };
    case 'held':
      return { is: 'held', why: gate.why, held: gate.held };
    case 'blocked':
      return { is: 'blocked', on: gate.on, why: gate.why };
    case 'taken':
      return { is: 'taken', why: gate.why };
  }
}

function problemJson({ code, severity, message, source, path, found, expected, hint }: Problem): object {
  return {
    code,
    severity,
    message,
    source: source === null ? null : { file: source.file, line: source.line, column: source.column },
    ...(path === undefined ? {} : { path }),
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function withoutNulls(spec: object): object {
  const stated: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(spec)) {
    if (value !== null) stated[key] = isRecord(value) ? withoutNulls(value) : value;
  }
  return stated;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
