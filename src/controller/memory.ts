import type { Fleet, ResolvedHost } from '../desired/fleet.ts';
import { guestsOn, presenceOn, resolveHost, withClaims } from '../desired/resolve.ts';
import type { ServiceStatus } from '../model/status.ts';
import { processName } from '../tools/holders.ts';
import type { Observation } from './controller.ts';
import type { DesiredState, Good } from './desired-state.ts';
import { type ShownRun, shownRun } from './run-record.ts';
import { readServed } from './served.ts';
import { buildStatus, RUNS_SHOWN } from './status.ts';
import type { Troubles } from './troubles.ts';
import type { Contention, DesiredSource, OnTrial, Pause, Rejection, RunRecord, Status } from './words.ts';

export interface MemoryParts {
  source: DesiredSource;
  desired: DesiredState;
  troubles: Troubles;
  pauses: { active(): Pause[] };
  /** The change that waits for its probes. */
  onTrial(): OnTrial | null;
  contention: { list(now: number): Contention[] };
  /** Runs of controllers before us, and of people, oldest first. */
  runs: readonly RunRecord[];
  now(): number;
}

export interface Documents {
  fleet: Fleet;
  host: ResolvedHost;
}

/** What people are told of the controller: the last run, and what came of those before. No run is steered by it. */
export class Memory {
  private readonly parts: MemoryParts;
  /** The newest last. Without their changes, which for a thousand guests are a megabyte. */
  private readonly runs: ShownRun[];
  private lastRun: Observation | null = null;
  /** The last documents that were not only looked at. */
  private applied: Good | null = null;
  private inSyncSince: number | null = null;
  private networks: { good: Good; of: ReadonlyMap<string, string> } | null = null;

  constructor(parts: MemoryParts) {
    this.parts = parts;
    this.runs = parts.runs.slice(-RUNS_SHOWN).map(shownRun);
  }

  get last(): Observation | null {
    return this.lastRun;
  }

  /** Returns whether the documents are those of the run before. */
  observe(observation: Observation): boolean {
    const { record, good } = observation;
    const drift = this.lastRun?.good === good;
    this.lastRun = observation;
    if (isApplied(observation)) this.applied = good;
    this.inSyncSince = record.status === 0 ? (this.inSyncSince ?? this.parts.now()) : null;
    return drift;
  }

  /** A run that changed something. */
  addRun(record: RunRecord): void {
    this.runs.push(shownRun(record));
    if (this.runs.length > RUNS_SHOWN) this.runs.shift();
  }

  /** What is rejected at present; what the source does not follow is a rejection as well. */
  rejection(): Rejection | null {
    const { refused } = this.parts.source.state();
    if (refused === null) return this.parts.desired.rejection;
    return { ...refused, why: 'not-forward', retryAt: null };
  }

  /** By network of the last run, its dnsmasq as it is now. */
  served(env: NodeJS.ProcessEnv): Promise<ReadonlyMap<string, ServiceStatus>> {
    return readServed(this.lastRun?.plan.networks ?? [], env);
  }

  /** Without the devices, for which the host is to be asked. */
  status(served: ReadonlyMap<string, ServiceStatus> = new Map()): Status {
    const { desired, source, troubles, pauses, contention } = this.parts;
    const now = this.parts.now();
    const { lastRun } = this;
    return buildStatus({
      now,
      host: desired.current?.host ?? null,
      pid: process.pid,
      source: { description: source.description, state: source.state() },
      applied: lastRun === null ? null : ((this.applied ?? desired.lastSettled)?.revision ?? null),
      rejection: this.rejection(),
      onTrial: this.parts.onTrial(),
      last: lastRun && { plan: lastRun.plan, outcomes: lastRun.outcomes },
      inSyncSince: this.inSyncSince,
      pauses: pauses.active(),
      contended: contention.list(now),
      runs: this.runs,
      devices: [],
      served,
      troubles: troubles.ofLastRun(),
      notKept: troubles.notKept(),
      holderName: processName,
    });
  }

  /** The documents of the last run; before the first, those that it will be of. `claimed` are this host's claims. */
  documents(claimed: readonly string[] = []): Documents | null {
    const good = this.lastRun?.good ?? this.parts.desired.current;
    if (good === null) return null;
    const fleet = withClaims(good.loaded.fleet, good.host, claimed);
    const host = resolveHost(fleet, good.host);
    return host === undefined ? null : { fleet, host };
  }

  /** The guests that git has migrating away from here and that have one of these devices, each with its own. */
  leaving(devices: readonly string[]): Map<string, string[]> {
    const good = this.parts.desired.current;
    const guests = good === null ? [] : guestsOn(good.loaded.fleet, good.host);
    const leaving = new Map<string, string[]>();
    for (const guest of guests) {
      const own = guest.interfaces.map(({ device }) => device).filter((device) => devices.includes(device));
      if (own.length > 0 && presenceOn(guest, good?.host ?? '') === 'leaving') leaving.set(guest.name, own);
    }
    return leaving;
  }

  /** The network of a guest device that the documents ask for here. */
  networkOf(device: string): string | null {
    const good = this.parts.desired.current;
    if (good === null) return null;
    if (this.networks?.good !== good) {
      const interfaces = guestsOn(good.loaded.fleet, good.host).flatMap((guest) => guest.interfaces);
      this.networks = { good, of: new Map(interfaces.map((iface) => [iface.device, iface.network])) };
    }
    return this.networks.of.get(device) ?? null;
  }
}

/** Not where the host is paused, or the guard holds the plan for a person to look at. */
function isApplied({ plan, outcomes }: Observation): boolean {
  if (outcomes !== null) return true;
  return plan.changes.every(
    ({ gate }) => gate.is !== 'open' && !(gate.is === 'held' && gate.why === 'guard'),
  );
}
