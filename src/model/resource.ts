import type { Mark, Owner } from './mark.ts';
import type { Source } from './problem.ts';
import type { Specs } from './specs.ts';

export type Kind = keyof Specs;
/** `link:web1-eth0`: a kind and a name. A link has one id whatever its type, for the kernel has one name space. */
export type Id = `${Kind}:${string}`;

/**
 * An exclusive hold on something that resources of different kinds compete for: a NIC's role, a MAC on a parent, an
 * altname. Two resources can stand together when they claim no slot in common, or share it under the same word.
 */
export interface Claim {
  slot: string;
  /** null: with nobody. */
  share: string | null;
}

/** A dependency. With `incarnation`, the needed thing made anew voids what hangs on it (see `KindModule.without`). */
export interface Need {
  id: Id;
  incarnation: boolean;
}

/** What must hold of a thing that is not ours, checked before a change and never set. */
export type Expect =
  /** A link stands, and is of this type where one is named. */
  | { id: Id; that: 'exists'; type?: 'bridge'; source: Source }
  /** The kernel takes the link as an uplink of this bridge, and it is no guest's. */
  | { id: Id; that: 'fitUplink'; of: Id; source: Source }
  /** The kernel puts a macvtap on the link itself. */
  | { id: Id; that: 'fitParent'; source: Source }
  /** The link carries no address of global scope (it would be cut off when enslaved). */
  | { id: Id; that: 'noGlobalAddress'; source: Source }
  /** The link's MTU is at least this many bytes. */
  | { id: Id; that: 'mtuAtLeast'; mtu: number; source: Source }
  /** The bridge's MTU is at most this many bytes, else a port with a smaller one would lower it. */
  | { id: Id; that: 'mtuAtMost'; mtu: number; source: Source };

export interface Wanted<K extends Kind = Kind> {
  kind: K;
  id: Id;
  name: string;
  spec: Specs[K];
  owner: Owner;
  /** The place in the documents that asks for it. */
  source: Source;
  /** Names of the guests that it serves directly: its guest's, for a guest device and its port; else none. */
  guests: string[];
  network: string;
  needs: readonly Need[];
  expects: readonly Expect[];
  /** Take over an unmarked one that is exactly this. */
  adopt: boolean;
}

/** An uplink that the documents name for a managed bridge, and that it cannot have: nothing of it is wanted then. */
export interface RefusedUplink {
  /** The bridge. */
  of: Id;
  /** As the documents name it. */
  name: string;
}

/** Whether a process has a guest device open. Where it cannot be told, it counts as held. */
export type Held = { is: 'free' } | { is: 'held'; pids: number[] } | { is: 'unknown'; why: string };

export interface Observed<K extends Kind = Kind> {
  kind: K;
  id: Id;
  name: string;
  spec: Specs[K];
  mark: Mark;
  /** How steps address it: a link by `if<index>`, an Open vSwitch row by its UUID. Never by a name that may have changed hands. */
  handle: string;
  /** Differs when the thing was made anew: a link's index, a row's UUID. */
  incarnation: string;
  /** What it hangs on. */
  needs: readonly Need[];
  /** What it holds now: also what no spec states, such as a stranger's altnames. Found when asked for: most never are. */
  claims(): readonly Claim[];
  /** A leftover of a removal that was cut short: the number of its interface group, when that is one of ours for deletion. */
  strayGroup: number | null;
}

/** `Kind`-indexed unions, for lists of mixed kinds that narrow by `.kind`. */
export type AnyWanted = { [K in Kind]: Wanted<K> }[Kind];
export type AnyObserved = { [K in Kind]: Observed<K> }[Kind];

export function idOf(kind: Kind, name: string): Id {
  return `${kind}:${name}`;
}

export function isHeld(held: Held): boolean {
  return held.is !== 'free';
}
