import type { RealisationOf, RealisationType } from '../desired/documents.ts';
import type { HostNetwork, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import type { Presence } from '../desired/resolve.ts';
import type { Serving } from '../desired/serving.ts';
import type { HostState, LinkState } from '../model/host.ts';
import type { NetworkSummary } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Held, Id, RefusedUplink } from '../model/resource.ts';
import type { LinkOwner, OvsDatapath } from '../model/specs.ts';

/** What realising reads of the host that it is for. */
export interface HostFacts {
  state: HostState;
  /** `state.links` by name. */
  links: ReadonlyMap<string, LinkState>;
  /** Holders of the guest devices that were looked up. */
  held: ReadonlyMap<string, Held>;
  /** Who may open guest devices; null when the documents say nothing of it. */
  deviceOwner: LinkOwner | null;
  /** In a sandbox: the data path that is there, whatever the documents say. */
  datapath: OvsDatapath | null;
}

/** One network on one host, with the interfaces that are placed there in name order. */
export interface RealiseInput<T extends RealisationType> {
  host: ResolvedHost;
  network: HostNetwork;
  entry: RealisationOf<T>;
  interfaces: readonly ResolvedInterface[];
  /** What each of their guests is here. */
  presence: ReadonlyMap<string, Presence>;
  /** What this host does for the network besides wiring it; null for nothing. */
  serving: Serving | null;
  facts: HostFacts;
}

export interface Realised {
  wanted: AnyWanted[];
  problems: Problem[];
  /** Left as they are, for nothing could be decided for them. */
  unplanned: Id[];
  /** Left out for none. */
  refused?: RefusedUplink[];
  summary: NetworkSummary;
}

/** A type of realisation: from documents and facts to what should stand. Pure. */
export type Realise<T extends RealisationType> = (input: RealiseInput<T>) => Realised;
