import type { Impact, NetworkSummary, Result, ServingSummary, Summary } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Held, Id } from './resource.ts';

/**
 * What a controller tells of its host and its runs, for every form in which it is shown. Times are milliseconds since
 * the epoch, but for `Status`, which leaves the process and has them in ISO 8601.
 */

/** Why a revision is not applied here. */
export type RejectedWhy = 'invalid' | 'unsigned' | 'not-forward' | 'probes';

/** Why a run is due. An event says only that something may have changed; the run reads for itself what. */
export type Trigger =
  | 'start'
  /** A commit, or files where `--worktree` is followed. */
  | 'desired'
  | 'links'
  | 'ovs'
  /** Rules of nft, ours or such as may drop what we forward. */
  | 'rules'
  /** Our routes, and forwarding by links. */
  | 'routes'
  /** A dnsmasq has ended. */
  | 'services'
  /** A held device was let go. */
  | 'released'
  /** A device that stood by was opened. */
  | 'opened'
  | 'timer'
  /** SIGHUP. */
  | 'signal'
  /** `plumbline reconcile`, `approve`, `resume`. */
  | 'request'
  /** A rejected revision, a failed run or a contended resource is tried again. */
  | 'retry'
  /** No controller, but a person's `plumbline apply`, … */
  | 'apply'
  | 'teardown'
  /** … or that which an `apply --confirm` goes back by, as nobody has confirmed it. */
  | 'unconfirmed';

/** One run that is over. */
export interface RunRecord {
  at: number;
  /** Milliseconds. */
  duration: number;
  triggers: Trigger[];
  revision: string | null;
  digest: string;
  summary: Summary;
  /** 0, 1 or 2 as `apply` would have exited. */
  status: 0 | 1 | 2;
  changes: RunChange[];
}

export interface RunChange {
  id: Id;
  action: 'create' | 'update' | 'replace' | 'delete';
  impact: Impact;
  guests: string[];
  network: string | null;
  reason: string;
  before: unknown;
  after: unknown;
  result: Result;
  message: string | null;
}

/** What does not go ahead now, and why, for `status`. */
export interface Waiting {
  id: Id;
  guests: string[];
  /** `leaving`: git has moved the guest away while it still runs here. */
  why: 'held' | 'leaving' | 'connected' | 'guard' | 'paused' | 'contended' | 'blocked' | 'taken' | 'failed';
  text: string;
}

export interface DeviceStatus {
  guest: string;
  interface: string;
  network: string | null;
  device: string;
  /** It is down by intent: for a guest that may be started here, or one that has gone. Left out otherwise. */
  waits?: 'standby' | 'released';
  /** null: it does not stand. */
  held: Held | null;
  /** Command names of the holders, by pid. */
  holders: Record<number, string>;
}

/** DHCP and DNS of a network here. */
export interface ServiceStatus {
  /** Of its dnsmasq; null: none runs. */
  pid: number | null;
  /** Of both families, that hold now. */
  leases: number;
}

export interface NetworkStatus extends NetworkSummary {
  /** `dnsmasq` is left out where there is to be none, and where nobody looked. */
  serving?: ServingSummary & { dnsmasq?: ServiceStatus };
}

/** A guest between two hosts, as this one sees it. */
export interface MoveStatus {
  guest: string;
  role: 'source' | 'destination';
  /** The other host. */
  peer: string;
  /**
   * Each of its devices stands here complete, with nothing left to do for it: up, in its bridge or with an ofport. On the
   * source also when it was released.
   */
  ready: boolean;
  /** What is missing; null where it is ready. */
  why: string | null;
  /** The guest has gone to the other host: its devices here are down for that. */
  released: boolean;
}

/** A guest that is about to run here, whatever git says so far. */
export interface ClaimStatus {
  guest: string;
  since: string;
  until: string;
  /** As in `MoveStatus`. */
  ready: boolean;
  why: string | null;
}

/** All that `plumbline status` shows; `GET /api/v1/status` and the socket give the same. */
export interface Status {
  version: 1;
  host: string | null;
  /** False when no controller runs and the host alone was asked. */
  controller: boolean;
  pid: number | null;
  /** One line: that all is well, or the one thing to look at. */
  headline: string;
  healthy: boolean;
  source: {
    description: string;
    seen: string | null;
    fetchedAt: string | null;
    trouble: string | null;
  } | null;
  applied: string | null;
  rejected: {
    revision: string | null;
    why: RejectedWhy;
    at: string;
    retryAt: string | null;
    problems: Problem[];
  } | null;
  /** A revision that was just applied and whose probes have not come back yet; it is taken back unless they do. */
  onTrial: { revision: string | null; failing: string[]; until: string } | null;
  inSync: boolean;
  inSyncSince: string | null;
  paused: { guest: string | null; until: string | null; reason: string | null; since: string }[];
  networks: NetworkStatus[];
  devices: DeviceStatus[];
  moves: MoveStatus[];
  claims: ClaimStatus[];
  waiting: Waiting[];
  /** Of a plan that the guard holds: what `plumbline approve` takes. */
  approvable: string | null;
  contended: { id: Id; what: string; times: number; until: string }[];
  runs: {
    at: string;
    duration: number;
    triggers: Trigger[];
    revision: string | null;
    summary: Summary;
    status: 0 | 1 | 2;
  }[];
  problems: Problem[];
}
