import type { Fleet, ResolvedHost } from '../desired/fleet.ts';
import type { Withheld } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import type { LinkOwner, OvsDatapath } from '../model/specs.ts';
import type { Guard } from '../plan/guard.ts';

/** What a run is to bring about. */
export interface Task {
  /** null for a teardown: nothing is wanted. */
  desired: { fleet: Fleet; host: ResolvedHost } | null;
  host: string;
  revision: string | null;
  allowRecreate: boolean;
  allowPrune: boolean;
  guard: Guard;
  /** Who may open guest devices, looked up on this machine. */
  deviceOwner: LinkOwner | null;
  /** What is otherwise in a sandbox. */
  datapath: OvsDatapath | null;
  /** Networks to leave alone, and why. */
  skipped: ReadonlyMap<string, string>;
  /** Warnings of the check, told with the plan. */
  notices: readonly Problem[];
  /** What the controller leaves alone for now, whatever the documents say. */
  withheld?: ReadonlyMap<Id, Withheld>;
  /** Guests whose devices and ports are left alone. */
  pausedGuests?: ReadonlySet<string>;
  /** Resources about which nothing is decided: the host went back to documents that cannot carry them. */
  leave?: ReadonlySet<Id>;
  env: NodeJS.ProcessEnv;
}
