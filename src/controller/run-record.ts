import type { AnyChange, Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import type { RunChange, RunRecord, Trigger } from './words.ts';

/** What `status` tells of a run. */
export type ShownRun = Omit<RunRecord, 'changes' | 'digest'>;

export function shownRun({ at, duration, triggers, revision, summary, status }: RunRecord): ShownRun {
  return { at, duration, triggers, revision, summary, status };
}

/** A run as it is told of afterwards: what changed, or was to; nothing where nothing was tried (`outcomes` null). */
export function runRecord(
  plan: Plan,
  outcomes: ReadonlyMap<Id, Outcome> | null,
  about: { at: number; duration: number; triggers: readonly Trigger[]; status: 0 | 1 | 2 },
): RunRecord {
  return {
    at: about.at,
    duration: about.duration,
    triggers: [...about.triggers],
    revision: plan.revision,
    digest: plan.digest,
    summary: plan.summary,
    status: about.status,
    changes: outcomes === null ? [] : runChanges(plan, outcomes),
  };
}

export function runChanges({ changes }: Plan, outcomes: ReadonlyMap<Id, Outcome>): RunChange[] {
  return changes.map((change) => runChange(change, outcomes.get(change.id)));
}

function runChange(change: AnyChange, outcome: Outcome | undefined): RunChange {
  const { id, action, impact, guests, network, reason } = change;
  return {
    id,
    action,
    impact,
    guests,
    network,
    reason,
    ...sidesOf(change),
    result: outcome?.result ?? 'not-run',
    message: outcome?.message ?? null,
  };
}

/** Of rules and of what a dnsmasq is told only what differs: they can be thousands of lines. */
function sidesOf({ kind, action, before, after, fields }: AnyChange): Pick<RunChange, 'before' | 'after'> {
  if (action !== 'update' || (kind !== 'firewall' && kind !== 'service')) {
    return { before: before?.spec ?? null, after: after?.spec ?? null };
  }
  return {
    before: Object.fromEntries(fields.map((field) => [field.field, field.before])),
    after: Object.fromEntries(fields.map((field) => [field.field, field.after])),
  };
}
