import type { Loaded } from '../desired/load.ts';
import type { Problem } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import type { RejectedWhy, Status } from '../model/status.ts';

export type { DeviceStatus, RunChange, RunRecord, Status, Trigger, Waiting } from '../model/status.ts';

/**
 * The words of the controller: what its parts tell one another. Times are milliseconds since the epoch in memory and
 * ISO 8601 in JSON that leaves the process.
 */

/** One state of the desired documents that a source offers. */
export interface Candidate {
  /** The commit; null for a working tree. */
  revision: string | null;
  /** Tells it from every other state: the commit, or a hash of the texts (`textsId`). */
  id: string;
  /** Reads it; throws ProblemsError when it is unreadable or empty. */
  load(): Promise<Loaded>;
  /** All texts, for keeping a copy of the last good state. */
  texts(): Promise<Snapshot>;
}

/** The texts of a desired directory, by file name relative to it. */
export interface Snapshot {
  revision: string | null;
  files: Record<string, string>;
}

/** Where the desired state comes from: a checked-out repository, a working tree, or a clone of our own. */
export interface DesiredSource {
  /** In words, for log and status: `the head of main in /etc/plumbline`. */
  readonly description: string;
  /** A directory in the repository of its commits, for whoever verifies them; null where there are none. */
  readonly repository: string | null;
  /** Begins to watch; `onChange` is called whenever there may be something new, and once for each fetch that ended. */
  start(onChange: () => void): Promise<void>;
  /** What there is now. Throws SourceTrouble when nothing can be had. */
  candidate(): Promise<Candidate>;
  /** Asks a remote now, where there is one. */
  refresh(): Promise<void>;
  state(): SourceState;
  close(): Promise<void>;
}

export interface SourceState {
  /** The newest commit that was seen, whatever became of it. */
  seen: string | null;
  /** When a remote was last reached; null where there is none, or never. */
  fetchedAt: number | null;
  /** Why nothing new can be had at present. */
  trouble: string | null;
  /** A commit that is not followed because the last good one is not in its history: somebody rewrote it. */
  refused: { revision: string; at: number; problems: Problem[] } | null;
}

/** What the judge says of a candidate for this host. */
export type Verdict =
  | { is: 'good'; loaded: Loaded; host: string; notices: Problem[] }
  | { is: 'rejected'; problems: Problem[] };

/** A revision that is not applied here, until a good one comes. */
export interface Rejection {
  revision: string | null;
  at: number;
  /** `invalid`, `unsigned`, `not-forward` or `probes`: the last is tried again. */
  why: RejectedWhy;
  problems: Problem[];
  /** When it is tried again; null for what no time heals. */
  retryAt: number | null;
}

/** A change whose probes have not come back yet. */
export interface OnTrial {
  revision: string | null;
  /** `ping 192.0.2.1` */
  failing: string[];
  /** It is taken back then. Milliseconds since the epoch. */
  until: number;
}

/** Drift is detected and shown, not repaired. */
export interface Pause {
  /** null: the whole host. */
  guest: string | null;
  /** null: until resumed. */
  until: number | null;
  reason: string | null;
  since: number;
}

/** Somebody else keeps undoing a change: it is left alone for a while, and the rest goes on. */
export interface Contention {
  id: Id;
  /** What keeps being changed: `mtu 1400 → 1500`. */
  what: string;
  times: number;
  until: number;
}

/** What may be asked of a running controller through its socket: one JSON object a line, one answer each. */
export type Request =
  | { do: 'status' }
  | { do: 'pause'; guest: string | null; seconds: number | null; reason: string | null }
  | { do: 'resume'; guest: string | null }
  | { do: 'reconcile' }
  | { do: 'approve'; digest: string }
  /** Answered when the guest's devices are ready here, or cannot be. Without `seconds` for as long as most. */
  | { do: 'claim'; guest: string; seconds: number | null }
  /** The guest has gone, and its devices are down: its claim ends. */
  | { do: 'release'; guest: string };

export type Answer = { ok: true; status?: Status; message?: string } | { ok: false; message: string };
