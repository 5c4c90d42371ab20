import { guestsOn, resolveHost } from '../desired/resolve.ts';
import type { Plan } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { ServiceStatus } from '../model/status.ts';
import { makeTask, type Surroundings } from '../run/make-task.ts';
import { processName } from '../tools/holders.ts';
import { readLinks } from '../tools/ip/read.ts';
import { Approvals } from './approvals.ts';
import { ContentionWatch } from './contention.ts';
import { Controller, type Observation } from './controller.ts';
import type { DesiredState, Good } from './desired-state.ts';
import { readDevices } from './devices.ts';
import type { History } from './history.ts';
import type { HostLock } from './host-lock.ts';
import {
  activePauses,
  isHostPaused,
  nextExpiry,
  type Pauses,
  pause,
  pausedGuests,
  resume,
} from './pauses.ts';
import { Queue } from './queue.ts';
import { SafeRunner } from './safe-run.ts';
import type { Confirmation } from './safety/confirmation.ts';
import type { trialStore } from './safety/trial.ts';
import { readServed } from './served.ts';
import { buildStatus } from './status.ts';
import type { ReleaseWatch, WaitedFor } from './triggers/release.ts';
import type { ServingWatch } from './triggers/serving.ts';
import { Wakeup } from './wakeup.ts';
import type {
  Answer,
  DesiredSource,
  DeviceStatus,
  Rejection,
  Request,
  RunRecord,
  Status,
  Trigger,
} from './words.ts';

/** What tells of the controller to the outside, and what it acts on there. */
export interface DaemonParts {
  env: NodeJS.ProcessEnv;
  source: DesiredSource;
  desired: DesiredState;
  lock: HostLock;
  trials: ReturnType<typeof trialStore>;
  history: History;
  surroundings: Surroundings | null;
  pauses: Pauses;
  /** What a person's `apply --confirm` waits for. */
  confirmation: Pick<Confirmation, 'waiting'>;
  /** Keeps what is paused; returns why it could not. */
  savePauses(pauses: Pauses): string | null;
  /** Makes the watch of devices that somebody has open and something waits for. */
  releases(onEvent: () => void): ReleaseWatch;
  /** Makes the watch of rules, routes and services, where this host serves networks. */
  serving(push: (trigger: Trigger) => void): ServingWatch;
  tell: Tell;
}

/** Log and metrics. */
export interface Tell {
  /** `drift`: the documents are those of the run before. */
  observed(observation: Observation, drift: boolean): void;
  rejected(rejection: Rejection | null): void;
  trouble(what: string, error: unknown): void;
}

/** Runs that are shown in `status`; the history has more. */
const RUNS_KEPT = 20;

/** The controller of one host: its queue, its memory of what people are told, and its answers. */
export class Daemon {
  readonly queue: Queue;
  private readonly parts: DaemonParts;
  private readonly approvals = new Approvals();
  private readonly contention = new ContentionWatch();
  private readonly controller: Controller;
  private readonly releases: ReleaseWatch;
  private readonly serving: ServingWatch;
  private readonly wakeup: Wakeup;
  private readonly ending = new AbortController();
  private pauses: Pauses;
  private last: Observation | null = null;
  private inSyncSince: number | null = null;
  private runBegan: number | null = null;
  private ready: (() => void) | null = null;
  private networks: { good: Good; of: ReadonlyMap<string, string> } | null = null;
  private readonly runs: RunRecord[] = [];
  private readonly troubles = new Map<string, Problem>();

  constructor(parts: DaemonParts) {
    this.parts = parts;
    this.pauses = parts.pauses;
    const { desired, trials } = parts;
    const now = () => Date.now();
    const onTrouble = (what: string, error: unknown) => this.onTrouble(what, error);
    const taskOf = (good: Good) => this.taskOf(good);
    const safe = new SafeRunner({ desired, trials, taskOf, onTrouble, signal: this.ending.signal, now });
    this.controller = new Controller({
      desired,
      taskOf,
      onTrouble,
      now,
      approvals: this.approvals,
      reconsider: (changes) => this.contention.reconsider(changes),
      mayChange: () => this.mayChange(),
      guarded: (task, planned, run) => safe.run(task, planned, run),
      onObservation: (observation) => this.onObservation(observation),
      stop: () => this.ending.signal.aborted,
    });
    this.queue = new Queue({
      run: (triggers, covered) => this.run(triggers, covered),
      onCrash: (error) => this.onTrouble('a bug in the controller', error),
    });
    this.wakeup = new Wakeup(() => this.queue.push('retry'));
    this.releases = parts.releases(() => this.queue.push('released'));
    this.serving = parts.serving((trigger) => this.queue.push(trigger));
  }

  /** Ends between two batches; guests are left alone. */
  async close(): Promise<void> {
    this.ending.abort();
    this.wakeup.close();
    this.releases.close();
    this.serving.close();
    await this.queue.close();
  }

  /** How long the run under way has taken so far. */
  busyMs(): number {
    return this.runBegan === null ? 0 : Date.now() - this.runBegan;
  }

  /** Calls back once, when `isReady` has become true. */
  onReady(tell: () => void): void {
    this.ready = tell;
  }

  /** True once the first run has converged the host or its documents were rejected. */
  get isReady(): boolean {
    return this.last !== null || this.parts.desired.rejection !== null;
  }

  async answer(request: Request): Promise<Answer> {
    switch (request.do) {
      case 'status':
        return { ok: true, status: await this.status() };
      case 'pause':
        return this.changePauses(pause(this.pauses, request, await this.knownGuests(), Date.now()));
      case 'resume':
        return this.changePauses(resume(this.pauses, request.guest, await this.knownGuests(), Date.now()));
      case 'reconcile':
        await this.parts.source.refresh().catch((error: unknown) => this.onTrouble('fetching', error));
        return this.runNow();
      case 'approve':
        return this.approve(request.digest);
      case 'confirm':
        return { ok: false, message: 'nothing waits to be confirmed: a controller needs no confirmation' };
    }
  }

  async status(): Promise<Status> {
    const good = this.parts.desired.current;
    const host = good === null ? undefined : resolveHost(good.loaded.fleet, good.host);
    const resolved = good === null || host === undefined ? null : { fleet: good.loaded.fleet, host };
    return this.summary(await readDevices(resolved, await readLinks()), await this.served());
  }

  /** By network, its dnsmasq as it is now. */
  served(): Promise<ReadonlyMap<string, ServiceStatus>> {
    return readServed(this.last?.plan.networks ?? [], this.parts.env);
  }

  /** The status without asking the host. */
  summary(
    devices: readonly DeviceStatus[] = [],
    served: ReadonlyMap<string, ServiceStatus> = new Map(),
  ): Status {
    const { desired, source } = this.parts;
    const now = Date.now();
    return buildStatus({
      now,
      host: desired.current?.host ?? null,
      pid: process.pid,
      source: { description: source.description, state: source.state() },
      applied: this.last?.good.revision ?? null,
      rejection: this.rejection(),
      last: this.last,
      inSyncSince: this.inSyncSince,
      pauses: activePauses(this.pauses, now),
      contended: this.contention.list(now),
      runs: this.runs,
      devices,
      served,
      troubles: [...this.troubles.values()],
      holderName: processName,
    });
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

  private async run(triggers: readonly Trigger[], covered: () => void): Promise<void> {
    const before = this.rejection();
    this.troubles.clear();
    this.runBegan = Date.now();
    try {
      await this.controller.run(triggers, covered);
    } finally {
      this.runBegan = null;
    }
    const after = this.rejection();
    if (after?.revision !== before?.revision || after?.why !== before?.why) this.parts.tell.rejected(after);
    if (this.isReady) {
      this.ready?.();
      this.ready = null;
    }
    this.wakeup.at('rejection', after?.retryAt ?? null);
    this.wakeup.at('contention', this.contention.retryAt(Date.now()));
    this.wakeup.at('pause', nextExpiry(this.pauses, Date.now()));
  }

  /** What the source does not follow is a rejection as well. */
  private rejection(): Rejection | null {
    const { refused } = this.parts.source.state();
    if (refused === null) return this.parts.desired.rejection;
    const { revision, problems } = refused;
    return { revision, problems, at: Date.now(), why: 'not-forward', retryAt: null };
  }

  private taskOf(good: Good) {
    const { env, surroundings } = this.parts;
    const now = Date.now();
    return makeTask({
      fleet: good.loaded.fleet,
      host: good.host,
      revision: good.revision,
      allowRecreate: false,
      allowPrune: false,
      surroundings,
      notices: good.notices,
      env,
    }).then((task) => ({
      ...task,
      leave: good.leave,
      withheld: this.contention.withheld(now),
      pausedGuests: pausedGuests(this.pauses, now),
    }));
  }

  private async mayChange(): Promise<boolean> {
    if (isHostPaused(this.pauses, Date.now())) return false;
    // An apply --confirm waits for a person: what it made is neither kept nor undone by us.
    if (this.parts.confirmation.waiting() !== null) return false;
    if (await this.parts.lock.take()) return true;
    this.onTrouble('another run has this host: it is only watched', null);
    this.wakeup.after('lock', 1000);
    return false;
  }

  private onObservation(observation: Observation): void {
    const { plan, outcomes, record, good } = observation;
    const drift = this.last?.good === good;
    const now = Date.now();
    this.last = observation;
    this.inSyncSince = record.status === 0 ? (this.inSyncSince ?? now) : null;
    this.releases.watch(waitedFor(plan));
    this.serving.observed(plan, outcomes);
    if (outcomes !== null) this.contention.record(plan.changes, outcomes, now);
    if (record.changes.some(({ result }) => result === 'failed')) this.wakeup.backOff('failure');
    else this.wakeup.at('failure', null);
    if (record.changes.some(({ result }) => result === 'done' || result === 'failed')) this.keep(record);
    this.parts.tell.observed(observation, drift);
  }

  private keep(record: RunRecord): void {
    this.runs.push(record);
    if (this.runs.length > RUNS_KEPT) this.runs.shift();
    void this.parts.history.append(record).then((why) => {
      if (why !== null) this.onTrouble(why, null);
    });
  }

  private onTrouble(what: string, error: unknown): void {
    const words = error instanceof Error ? error.message : error === null ? '' : String(error);
    const message = words === '' ? what : `${what}: ${words}`;
    this.troubles.set(what, { code: 'controller', severity: 'warning', message, source: null });
    this.parts.tell.trouble(what, error);
  }

  private async changePauses(outcome: ReturnType<typeof pause>): Promise<Answer> {
    if (outcome.pauses === null) return outcome.answer;
    this.pauses = outcome.pauses;
    const trouble = this.parts.savePauses(this.pauses);
    if (trouble !== null) this.onTrouble(trouble, null);
    this.queue.push('request');
    await this.queue.idle();
    if (isHostPaused(this.pauses, Date.now())) await this.parts.lock.release();
    return outcome.answer;
  }

  private async approve(digest: string): Promise<Answer> {
    const waiting = this.last?.plan.changes.some(({ gate }) => gate.is === 'held')
      ? this.last.plan.digest
      : null;
    const answer = this.approvals.approve(digest, waiting, Date.now());
    return answer.ok
      ? { ...(await this.runNow()), ...(answer.message && { message: answer.message }) }
      : answer;
  }

  private async runNow(): Promise<Answer> {
    this.queue.push('request');
    await this.queue.idle();
    return { ok: true, status: await this.status() };
  }

  private async knownGuests(): Promise<string[]> {
    return [...new Set((await this.status()).devices.map(({ guest }) => guest))];
  }
}

/** The devices of which something waits to be let go. */
function waitedFor({ changes }: Plan): WaitedFor[] {
  return changes.flatMap(({ gate, before }) => {
    if (gate.is !== 'held' || gate.held?.is !== 'held' || before?.kind !== 'link') return [];
    const type = before.spec.kind === 'tap' ? 'tap' : 'macvtap';
    return [{ name: before.name, index: Number(before.incarnation), type, pids: gate.held.pids }];
  });
}
