import type { Problem } from './problem.ts';
import type { Held, Id, Kind, Observed, Wanted } from './resource.ts';

/** What a change means for the guests that it touches, from least to worst (DESIGN §1). */
export type Impact = 'none' | 'interrupt' | 'rewire' | 'recreate' | 'remove';

export type Action = 'create' | 'update' | 'replace' | 'delete';

export interface FieldDiff {
  /** As in the spec: `mtu`, `parent`; `mark` for whose it is, `group` for a stray interface group. */
  field: string;
  before: unknown;
  after: unknown;
}

/** Why the controller leaves a change alone: a person said so, or somebody else keeps undoing it. */
export type Withheld = 'paused' | 'contended';

/**
 * A guest has the device open, the guard stopped the run (invariants 4 and 10), guests are connected to the network, or
 * the change is withheld.
 */
export type HeldWhy = 'guestRuns' | 'guard' | 'connected' | Withheld;

/** Whether a change may go ahead. */
export type Gate =
  | { is: 'open' }
  | { is: 'held'; why: HeldWhy; held: Held | null }
  /** What it needs, or what must go first, does not happen. */
  | { is: 'blocked'; on: Id[]; why: string }
  /** Something unowned has the name or the place. */
  | { is: 'taken'; why: string };

export interface Change<K extends Kind = Kind> {
  id: Id;
  kind: K;
  name: string;
  action: Action;
  before: Observed<K> | null;
  after: Wanted<K> | null;
  fields: FieldDiff[];
  impact: Impact;
  /** In a few words: `missing`, `differs`, `not wanted here`. */
  reason: string;
  /** All guests whose traffic or device it touches. */
  guests: string[];
  /** Those of `guests` that run, or may run; undefined where nobody looked. Only words to the reader hang on it. */
  running?: string[];
  network: string | null;
  gate: Gate;
}

export type AnyChange = { [K in Kind]: Change<K> }[Kind];

/** Which pool device has how many guests, for the report. */
export interface PoolUse {
  device: string;
  /** The link's name here; null when it is missing. */
  link: string | null;
  /** Guests of this network on it. */
  used: number;
  capacity: number | null;
  /** Macvtaps on it that are not Plumbline's. */
  strangers: number;
}

/** What takes room beside our guests: ` + 2 of others`. */
export function othersText({ strangers }: Pick<PoolUse, 'strangers'>): string {
  return strangers === 0 ? '' : ` + ${strangers} of others`;
}

/** One realisation on this host, for the report's headings. */
export interface NetworkSummary {
  name: string;
  /** `direct vepa`, `bridge br0`, `openvswitch ovsbr0`. */
  realisation: string;
  pool: PoolUse[];
  guests: number;
  /** Those of them for which nothing could be decided: no place in the pool, or no Open vSwitch to ask. */
  undecided: number;
  /** What this host does for it besides wiring it; left out for nothing. */
  serving?: ServingSummary;
}

export interface ServingSummary {
  /** That has the addresses. */
  link: string;
  forward: 'nat' | 'route' | 'isolated' | 'open';
  /** `10.20.0.1/24` */
  addresses: string[];
  /** Whether DHCP or DNS is to run for it. */
  service: boolean;
}

export interface Summary {
  create: number;
  update: number;
  replace: number;
  delete: number;
  held: number;
  /** Blocked or taken: cannot be done as things are. */
  skipped: number;
}

export interface Plan {
  host: string;
  /** The commit, or null for a working tree. */
  revision: string | null;
  /** Names the plan's content: equal plans have equal digests, whoever holds a device. */
  readonly digest: string;
  inSync: boolean;
  summary: Summary;
  /** In the order of the report: stable under shuffled documents. */
  changes: AnyChange[];
  networks: NetworkSummary[];
  guests: number;
  problems: Problem[];
}

export type Result = 'done' | 'failed' | 'held' | 'skipped' | 'not-run';

/** What became of a change. */
export interface Outcome {
  result: Result;
  /** The tool's words, or why it was skipped. */
  message: string | null;
  /** With `failed`: the tools did it, and the host did not show it when it was read again. */
  undone?: true;
  /** With `not-run`: the run was stopped when some of it was done. */
  begun?: true;
}

/** Of the warning that a plan does not know all that is there: Open vSwitch did not answer, and nothing wanted needs it. */
export const OVS_NOT_SEEN = 'ovs-not-seen';

/** The same of libvirt. */
export const LIBVIRT_NOT_SEEN = 'libvirt-not-seen';

/** Of the warning that a sandbox lacks what a network, or libvirt's networks, would need. */
export const SANDBOX_SKIPPED = 'sandbox-skipped';
