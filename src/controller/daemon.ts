import type { Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { makeTask, type Surroundings } from '../run/make-task.ts';
import { beginReading } from '../run/observe.ts';
import { releaseGuest } from '../run/release.ts';
import type { Task } from '../run/task.ts';
import { Answers } from './answers.ts';
import { Approvals } from './approvals.ts';
import { overtaken } from './claimable.ts';
import { type Claim, endClaim, readClaims } from './claims.ts';
import { ContentionWatch } from './contention.ts';
import { Controller, type Observation } from './controller.ts';
import { atMost } from './deadline.ts';
import type { DesiredState, Good } from './desired-state.ts';
import type { History } from './history.ts';
import type { HostLock } from './host-lock.ts';
import { Memory } from './memory.ts';
import { PauseBook } from './pause-book.ts';
import type { Pauses } from './pauses.ts';
import { Queue } from './queue.ts';
import { SafeRunner } from './safe-run.ts';
import type { Confirmation } from './safety/confirmation.ts';
import type { Faults } from './safety/faults.ts';
import type { trialStore } from './safety/trial.ts';
import type { HolderWatch, WatchedDevice } from './triggers/holder-watch.ts';
import type { WaitedFor } from './triggers/release.ts';
import type { ServingWatch } from './triggers/serving.ts';
import type { Troubles } from './troubles.ts';
import { Wakeup } from './wakeup.ts';
import { waitedFor } from './watched-devices.ts';
import type { DesiredSource, Rejection, RunRecord, Trigger } from './words.ts';

/** What tells of the controller to the outside, and what it acts on there. */
export interface DaemonParts {
  env: NodeJS.ProcessEnv;
  source: DesiredSource;
  desired: DesiredState;
  lock: HostLock;
  trials: ReturnType<typeof trialStore>;
  faults: Faults;
  history: History;
  /** Runs that it has, oldest first. */
  runs: readonly RunRecord[];
  surroundings: Surroundings | null;
  pauses: Pauses;
  /** Keeps what is paused; returns why it could not. */
  savePauses(pauses: Pauses): string | null;
  /** What a person's `apply --confirm` waits for. */
  confirmation: Pick<Confirmation, 'waiting'>;
  /** Makes the watch of devices that somebody has open and something waits for. */
  releases(onEvent: (devices: readonly string[]) => void): HolderWatch<WaitedFor>;
  /** Makes the watch of devices that stand by for somebody to open them. */
  opens(onEvent: () => void): HolderWatch<WatchedDevice>;
  /** Makes the watch of rules, routes and services, where this host serves networks. */
  serving(push: (trigger: Trigger) => void): ServingWatch;
  troubles: Troubles;
  tell: Tell;
}

/** Log and metrics. */
export interface Tell {
  /** `drift`: the documents are those of the run before. */
  observed(observation: Observation, drift: boolean): void;
  /** A run that is about to be taken back. */
  takenBack(plan: Plan, record: RunRecord): void;
  rejected(rejection: Rejection | null): void;
  /** Why nothing new can be had from git, and null once it can. */
  sourceTrouble(why: string | null): void;
}

/** An end waits for so long for what could as well be cut off: a look at the host, at git, at the probes. Milliseconds. */
const ENDING_MS = 1000;

/** The controller of one host: what triggers become runs, and what follows from each. */
export class Daemon {
  readonly queue: Queue;
  readonly memory: Memory;
  readonly answers: Answers;
  private readonly parts: DaemonParts;
  private readonly contention = new ContentionWatch();
  private readonly controller: Controller;
  private readonly safe: SafeRunner;
  private readonly pauses: PauseBook;
  private readonly releases: HolderWatch<WaitedFor>;
  private readonly opens: HolderWatch<WatchedDevice>;
  private readonly serving: ServingWatch;
  private readonly wakeup: Wakeup;
  private readonly ending = new AbortController();
  /** When the run under way last gave a sign of life; null while none is. */
  private aliveAt: number | null = null;
  private ready: (() => void) | null = null;
  private begun = false;
  /** Devices that the last run saw open, of those whose next event is that they are let go. */
  private lastHeld: ReadonlySet<string> = new Set();
  /** What was last told of the source. */
  private sourceTrouble: string | null = null;

  constructor(parts: DaemonParts) {
    this.parts = parts;
    const { desired, faults, lock, source, trials, troubles } = parts;
    const now = () => Date.now();
    const taskOf = (good: Good) => this.taskOf(good);
    const approvals = new Approvals();
    this.pauses = new PauseBook({
      pauses: parts.pauses,
      save: parts.savePauses,
      onKept: (why) => troubles.keep('pauses', why),
      now,
    });
    this.safe = new SafeRunner({
      desired,
      trials,
      faults,
      taskOf,
      troubles,
      signal: this.ending.signal,
      onAlive: () => this.live(),
      now,
    });
    this.controller = new Controller({
      desired,
      read: () => beginReading(parts.env),
      taskOf,
      approvals,
      onTrouble: (what, error) => troubles.add(what, error),
      now,
      reconsider: (changes) => this.contention.reconsider(changes),
      mayChange: () => this.mayChange(),
      guarded: (task, planned, run) => this.safe.run(task, planned, run),
      onTakenBack: (plan, record) => {
        parts.tell.takenBack(plan, record);
        this.keep(record);
      },
      onObservation: (observation) => this.onObservation(observation),
      ending: this.ending.signal,
    });
    this.queue = new Queue({
      run: (triggers, covered) => this.run(triggers, covered),
      onCrash: (error) => troubles.add('a bug in the controller', error),
    });
    this.wakeup = new Wakeup(() => this.queue.push('retry'));
    this.releases = parts.releases((devices) => void this.letGo(devices));
    this.opens = parts.opens(() => this.queue.push('opened'));
    this.serving = parts.serving((trigger) => this.queue.push(trigger));
    this.memory = new Memory({
      source,
      desired,
      troubles,
      pauses: this.pauses,
      contention: this.contention,
      runs: parts.runs,
      onTrial: () => this.safe.onTrial,
      now,
    });
    const { memory, pauses, queue } = this;
    this.answers = new Answers({
      env: parts.env,
      source,
      desired,
      queue,
      memory,
      pauses,
      approvals,
      troubles,
      lock,
    });
  }

  /**
   * Ends between two batches, however long the rest of a run would take; guests are left alone. What a run has read or
   * was about to decide is not worth waiting for.
   */
  async close(): Promise<void> {
    this.ending.abort();
    this.wakeup.close();
    this.releases.close();
    this.opens.close();
    this.serving.close();
    const over = this.queue.close();
    await atMost(ENDING_MS, over);
    await Promise.race([over, this.controller.betweenBatches()]);
  }

  /** Since when the run under way has given no sign of life. Milliseconds. */
  busyMs(): number {
    return this.aliveAt === null ? 0 : Date.now() - this.aliveAt;
  }

  /** Calls back once, when `isReady` has become true. */
  onReady(tell: () => void): void {
    this.ready = tell;
  }

  /** True once the first run has converged the host or its documents were rejected. */
  get isReady(): boolean {
    return this.memory.last !== null || this.parts.desired.rejection !== null;
  }

  private async run(triggers: readonly Trigger[], covered: () => void): Promise<void> {
    const { desired, tell, troubles } = this.parts;
    const before = this.memory.rejection();
    troubles.beginRun();
    this.live();
    try {
      // Until then it is not known which documents the host is to be at.
      if (!this.begun) await this.safe.resume();
      this.begun = true;
      if (this.ending.signal.aborted) return;
      this.keepAgain();
      const { last } = this.memory;
      await this.controller.run(triggers, covered);
      // A way back that cannot even be planned must not keep newer documents out, which may know better.
      if (this.memory.last === last) desired.returned();
    } finally {
      this.aliveAt = null;
    }
    const after = this.memory.rejection();
    if (after?.revision !== before?.revision || after?.why !== before?.why) tell.rejected(after);
    this.tellOfSource();
    if (this.isReady) {
      this.ready?.();
      this.ready = null;
    }
    this.wakeup.at('rejection', desired.rejection?.retryAt ?? null);
    this.wakeup.at('contention', this.contention.retryAt(Date.now()));
    this.wakeup.at('pause', this.pauses.nextExpiry());
    this.wakeup.at('claim', nextExpiry(readClaims(this.parts.env, Date.now()).claims));
  }

  /** What a run fell over is told already. */
  private tellOfSource(): void {
    const { source, tell, troubles } = this.parts;
    const { trouble } = source.state();
    if (trouble === this.sourceTrouble) return;
    this.sourceTrouble = trouble;
    if (trouble !== null && troubles.ofLastRun().some(({ message }) => message.includes(trouble))) return;
    tell.sourceTrouble(trouble);
  }

  private live(): void {
    this.aliveAt = Date.now();
  }

  private async taskOf(good: Good): Promise<Task> {
    const { desired, env, surroundings } = this.parts;
    const { returning } = desired;
    const { claims, problems } = readClaims(env, Date.now());
    const task = await makeTask({
      fleet: good.loaded.fleet,
      host: good.host,
      revision: good.revision,
      // What the forward run was allowed to do, going back is allowed too; and it is no slip, whatever it removes.
      allowRecreate: returning?.allowRecreate ?? false,
      allowPrune: returning !== null,
      surroundings,
      notices: [...good.notices, ...problems],
      claimed: claims.map(({ guest }) => guest),
      env,
    });
    return {
      ...task,
      leave: good.leave,
      withheld: this.contention.withheld(Date.now()),
      pausedGuests: this.pauses.guests(),
    };
  }

  private async mayChange(): Promise<boolean> {
    if (this.pauses.isHostPaused()) return false;
    // An apply --confirm waits for a person: what it made is neither kept nor undone by us.
    if (this.parts.confirmation.waiting() !== null) return false;
    if (await this.parts.lock.take()) return true;
    this.parts.troubles.add('another run has this host: it is only watched', null);
    this.wakeup.after('lock', 1000);
    return false;
  }

  private onObservation(observation: Observation): void {
    const { plan, outcomes, record } = observation;
    const drift = this.memory.observe(observation);
    this.watchDevices(observation);
    this.serving.observed(plan, outcomes);
    this.endOvertakenClaims(observation);
    if (outcomes !== null) this.contention.record(plan.changes, outcomes, Date.now());
    if (record.changes.some(({ result }) => result === 'failed')) this.wakeup.backOff('failure');
    else this.wakeup.at('failure', null);
    if (record.changes.some(({ result }) => result === 'done' || result === 'failed')) this.keep(record);
    // A host that went back is to be looked at with what git says now.
    if (this.safe.endReturn(observation)) this.queue.push('desired');
    this.parts.tell.observed(observation, drift);
  }

  /** A tap that is let go sends an event of its own, and this run may be what came of it. */
  private watchDevices({ plan, watched }: Observation): void {
    const gone = watched.idle.filter((device) => this.lastHeld.has(device));
    this.lastHeld = new Set(watched.held.map(({ name }) => name));
    this.releases.watch([...waitedFor(plan), ...watched.held]);
    this.opens.watch(watched.free);
    if (gone.length > 0) void this.letGo(gone);
  }

  /**
   * The last resort of a move, where neither a hook nor `release` nor QEMU's own event has told of the switch-over: what
   * a guest that git has migrating away lets go is set down before anything else.
   */
  private async letGo(devices: readonly string[]): Promise<void> {
    const { troubles } = this.parts;
    try {
      for (const [guest, own] of this.memory.leaving(devices)) {
        if (this.pauses.isHostPaused() || this.pauses.guests().has(guest)) continue;
        await releaseGuest(guest, own);
      }
    } catch (error) {
      troubles.add('a guest has gone, and its device could not be set down', error);
    }
    this.queue.push('released');
  }

  private endOvertakenClaims({ good, plan, outcomes }: Observation): void {
    const { env } = this.parts;
    const { claims } = readClaims(env, Date.now());
    const done = (id: Id) => outcomes?.get(id)?.result === 'done';
    for (const guest of overtaken(claims, good.loaded.fleet, good.host, { plan, done })) endClaim(env, guest);
  }

  private keep(record: RunRecord): void {
    this.memory.addRun(record);
    const { history, troubles } = this.parts;
    troubles.keep('history', history.append(record));
  }

  /** What could not be written is tried again with each run: the disk may have room by now. */
  private keepAgain(): void {
    const { history, troubles } = this.parts;
    if (troubles.isUnkept('pauses')) this.pauses.save();
    if (troubles.isUnkept('history')) troubles.keep('history', history.retry());
    if (troubles.isUnkept('trial')) this.safe.forgetTrial();
  }
}

function nextExpiry(claims: readonly Claim[]): number | null {
  return claims.length === 0 ? null : Math.min(...claims.map(({ until }) => until));
}
