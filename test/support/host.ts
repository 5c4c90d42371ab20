import type { Fleet } from '../../src/desired/fleet.ts';
import { resolveHost } from '../../src/desired/resolve.ts';
import { observeResources } from '../../src/kinds/registry.ts';
import type { HostAddress } from '../../src/model/addressing.ts';
import type { HostState, LinkState, OvsBridgeState } from '../../src/model/host.ts';
import type { Withheld } from '../../src/model/plan.ts';
import type { AnyWanted, Held, Id } from '../../src/model/resource.ts';
import { DEFAULT_GUARD } from '../../src/plan/guard.ts';
import type { Planned } from '../../src/plan/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { realiseHost } from '../../src/realise/host.ts';

/** A NIC that is up, until `rest` says otherwise. */
export function nic(index: number, name: string, rest: Partial<LinkState> = {}): LinkState {
  return {
    index,
    name,
    type: 'physical',
    altnames: [],
    alias: null,
    group: 0,
    up: true,
    carrier: true,
    mtu: 1500,
    mac: `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`,
    permanentMac: null,
    master: null,
    parent: null,
    globalAddresses: [],
    addresses: [],
    bridge: null,
    addrGenMode: 'eui64',
    macvtap: null,
    macvlan: null,
    tap: null,
    port: null,
    node: null,
    ...rest,
  };
}

export function foreignBridge(index: number, name: string, rest: Partial<LinkState> = {}): LinkState {
  const bridge = { stp: false, forwardDelay: 15, ageingTime: 300, multicastSnooping: true };
  return nic(index, name, { type: 'bridge', bridge, ...rest });
}

export function foreignMacvtap(
  index: number,
  name: string,
  parent: string,
  rest: Partial<LinkState> = {},
): LinkState {
  return nic(index, name, { type: 'macvtap', parent, macvtap: { mode: 'bridge' }, ...rest });
}

export function foreignTap(index: number, name: string, rest: Partial<LinkState> = {}): LinkState {
  const headers = { packetInfo: false, virtio: true };
  const tap = {
    mode: 'tap' as const,
    multiQueue: false,
    queues: 0,
    headers,
    owner: { uid: null, gid: null },
  };
  return nic(index, name, { type: 'tun', tap, ...rest });
}

/** One that was made by a run that was killed before it was published. */
export function unfinishedTap(index: number, name: string): LinkState {
  const tap = foreignTap(index, name, { up: false });
  return { ...tap, tap: tap.tap && { ...tap.tap, headers: { packetInfo: true, virtio: true } } };
}

export function makeHost(links: LinkState[], bridges: OvsBridgeState[] | null = []): HostState {
  return {
    links,
    ovs: bridges === null ? null : { bridges },
    ovsUnavailable: bridges === null ? 'not installed' : null,
  };
}

export interface PlanOptions {
  held?: ReadonlyMap<string, Held>;
  allowRecreate?: boolean;
  allowPrune?: boolean;
  withheld?: ReadonlyMap<Id, Withheld>;
  pausedGuests?: ReadonlySet<string>;
  /** Wanted besides what the documents ask for. */
  extra?: readonly AnyWanted[];
}

/** Plans as a run does, with documents and a host from memory. */
export function planInMemory(
  fleet: Fleet | null,
  host: string,
  state: HostState,
  options: PlanOptions = {},
): Planned {
  const links = new Map(state.links.map((link) => [link.name, link]));
  const held = options.held ?? new Map<string, Held>();
  const resolved = fleet === null ? undefined : resolveHost(fleet, host);
  const facts = { state, links, held, deviceOwner: null, datapath: null };
  const realised =
    fleet === null || resolved === undefined
      ? { wanted: [], problems: [], unplanned: new Set<never>(), networks: [], guests: 0 }
      : realiseHost(fleet, resolved, facts, new Map());
  return makePlan({
    ...realised,
    wanted: [...realised.wanted, ...(options.extra ?? [])],
    host,
    revision: null,
    observed: observeResources(state),
    held,
    facts: {
      globalAddresses: (name) => links.get(name)?.globalAddresses ?? [],
      mtu: (name) => links.get(name)?.mtu ?? null,
    },
    ipv6: state.ipv6 !== false,
    guard: DEFAULT_GUARD,
    allowRecreate: options.allowRecreate ?? false,
    allowPrune: options.allowPrune ?? true,
    withheld: options.withheld ?? new Map(),
    pausedGuests: options.pausedGuests ?? new Set(),
  });
}

/** As `address/prefix` says, of global scope unless it is a link's own. */
export function hostAddress(text: string): HostAddress {
  const [local = '', prefix] = text.split('/');
  const family = local.includes(':') ? 6 : 4;
  return {
    family,
    local,
    prefix: Number(prefix),
    peer: null,
    broadcast: null,
    scope: local.startsWith('fe80:') ? 253 : 0,
    metric: null,
    label: '',
    noPrefixRoute: false,
    deprecated: false,
    origin: 'static',
  };
}
