import type { NetworkSummary, Outcome, Plan } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import { compareProblems } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import type { NetworkStatus, ServiceStatus } from '../model/status.ts';
import { chooseHeadline } from './headline.ts';
import type { ShownRun } from './run-record.ts';
import { pendingOf, waitingOf } from './waiting.ts';
import type { Contention, DeviceStatus, OnTrial, Pause, Rejection, SourceState, Status } from './words.ts';

/** The last runs that are shown. */
export const RUNS_SHOWN = 10;

export interface StatusInput {
  now: number;
  /** null where no document says which host this is. */
  host: string | null;
  /** The controller's own; null when the host alone was asked. */
  pid: number | null;
  source: { description: string; state: SourceState } | null;
  /** The revision that the plan is of; null for a working tree, and before there is a good one. */
  applied: string | null;
  rejection: Rejection | null;
  onTrial: OnTrial | null;
  /** The last run, or a mere plan, whose `outcomes` are null; null before the first. */
  last: { plan: Plan; outcomes: ReadonlyMap<Id, Outcome> | null } | null;
  /** Since when every run found nothing to do or did all of it. */
  inSyncSince: number | null;
  /** Those that hold now. */
  pauses: readonly Pause[];
  contended: readonly Contention[];
  /** Runs that changed something, newest last. */
  runs: readonly ShownRun[];
  devices: readonly DeviceStatus[];
  /** By network, its dnsmasq; without those where nobody looked. */
  served: ReadonlyMap<string, ServiceStatus>;
  /** What went wrong beside the plan: a document that was not for this host. */
  troubles: readonly Problem[];
  /** What could not be written to the state directory, such as the last good documents: a full disk, mostly. */
  notKept: readonly Problem[];
  /** What a process is called; null when it has ended. */
  holderName(pid: number): string | null;
}

/** All that is told of a host, with the one line first that says whether all is well. Pure but for `holderName`. */
export function buildStatus(given: StatusInput): Status {
  const input: StatusInput = { ...given, rejection: given.rejection ?? notForward(given) };
  const { now, pid, source, rejection, last, pauses, contended, runs, devices } = input;
  const waiting = last === null ? [] : waitingOf(last.plan, last.outcomes, input.holderName);
  const pending = last === null ? 0 : pendingOf(last.plan, last.outcomes);
  const problems = [...(last?.plan.problems ?? []), ...input.troubles, ...input.notKept].sort(
    compareProblems,
  );
  // While a change is on trial, the last run was of what stood before it.
  const inSync = input.onTrial === null && last !== null && isInSync(last);
  const approvable = last !== null && isApprovable(last) ? last.plan.digest : null;
  const { headline, healthy } = chooseHeadline({ ...input, waiting, pending, problems, inSync, approvable });
  return {
    version: 1,
    host: input.host,
    controller: pid !== null,
    pid,
    headline,
    healthy,
    source: source && {
      description: source.description,
      seen: source.state.seen,
      fetchedAt: isoOrNull(source.state.fetchedAt),
      trouble: source.state.trouble,
    },
    applied: input.applied,
    rejected: rejection && {
      revision: rejection.revision,
      why: rejection.why,
      at: iso(rejection.at),
      retryAt: isoOrNull(rejection.retryAt),
      problems: rejection.problems,
    },
    onTrial: input.onTrial && { ...input.onTrial, until: iso(input.onTrial.until) },
    inSync,
    inSyncSince: inSync ? isoOrNull(input.inSyncSince) : null,
    paused: pauses.map(({ guest, until, reason, since }) => ({
      guest,
      until: isoOrNull(until),
      reason,
      since: iso(since),
    })),
    networks: (last?.plan.networks ?? []).map((network) => networkStatus(network, input.served)),
    devices: [...devices],
    moves: [],
    claims: [],
    waiting,
    approvable,
    contended: contended
      .filter(({ until }) => until > now)
      .map(({ id, what, times, until }) => ({ id, what, times, until: iso(until) })),
    runs: runs
      .slice(-RUNS_SHOWN)
      .reverse()
      .map(({ at, duration, triggers, revision, summary, status }) => ({
        at: iso(at),
        duration,
        triggers,
        revision,
        summary,
        status,
      })),
    problems,
  };
}

function networkStatus(network: NetworkSummary, served: ReadonlyMap<string, ServiceStatus>): NetworkStatus {
  const dnsmasq = served.get(network.name);
  if (network.serving === undefined || dnsmasq === undefined) return network;
  return { ...network, serving: { ...network.serving, dnsmasq } };
}

/** A commit that its source does not even offer, for it does not follow on the last good one, is rejected all the same. */
function notForward({ source }: StatusInput): Rejection | null {
  const refused = source?.state.refused ?? null;
  if (refused === null) return null;
  return { ...refused, why: 'not-forward', retryAt: null };
}

function isInSync({ plan, outcomes }: NonNullable<StatusInput['last']>): boolean {
  if (plan.problems.some(({ severity }) => severity === 'error')) return false;
  return plan.changes.every(({ id }) => outcomes?.get(id)?.result === 'done');
}

/** An approval lifts what invariants 4 and 10 hold back, and nothing else. */
function isApprovable({ plan }: NonNullable<StatusInput['last']>): boolean {
  return plan.changes.some(
    ({ gate }) => gate.is === 'held' && (gate.why === 'guard' || gate.why === 'guestRuns'),
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : iso(time);
}
