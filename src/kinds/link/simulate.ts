import type { HostAddress } from '../../model/addressing.ts';
import { SCOPE_LINK } from '../../model/addressing.ts';
import type { HostState, LinkState } from '../../model/host.ts';
import { linkAlias } from '../../model/mark.ts';
import type { Change } from '../../model/plan.ts';
import type { Wanted } from '../../model/resource.ts';
import type { BridgeSpec, MacvlanSpec, MacvtapSpec, TapSpec } from '../../model/specs.ts';
import { forgetSettings } from '../sysctl.ts';
import { groupOf } from './steps.ts';

/** What the kernel does with a link's steps, as far as `observeLinks` sees it. */
export function simulateLink(state: HostState, { action, before, after }: Change<'link'>): void {
  // An internal port's goes and comes with its row (kinds/ovs-port.ts).
  if (before !== null && action !== 'update' && before.spec.kind !== 'internal') {
    removeLink(state, before.name, Number(before.incarnation));
  }
  if (after === null) return;
  if (action !== 'update' && after.spec.kind !== 'internal') addLink(state, after.name);
  const link = state.links.find((one) => one.name === after.name);
  if (link !== undefined) settle(link, after);
}

const BARE = {
  type: 'physical',
  alias: null,
  group: 0,
  up: false,
  carrier: false,
  mtu: 1500,
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
} satisfies Partial<LinkState>;

export function addLink(state: HostState, name: string): void {
  const index = Math.max(0, ...state.links.map((link) => link.index)) + 1;
  // Drawn at random by the kernel, and by nobody else.
  const mac = `5a:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;
  state.links.push({ ...BARE, index, name, mac, altnames: [], addresses: [], globalAddresses: [] });
}

/** A bridge lets its ports go; a parent takes its macvtaps with it. Routes and settings of a link go with it. */
export function removeLink(state: HostState, name: string, index: number): void {
  state.links = state.links.filter(
    (link) =>
      link.index !== index && !((link.macvtap !== null || link.macvlan !== null) && link.parent === name),
  );
  forgetSettings(state, name);
  if (state.routes !== undefined) {
    state.routes = state.routes.filter(({ devices }) => !devices.includes(name));
  }
  for (const link of state.links) {
    if (link.master !== name) continue;
    link.master = null;
    link.port = null;
  }
}

function settle(link: LinkState, { spec, owner }: Wanted<'link'>): void {
  if (spec.kind !== 'internal') link.alias = linkAlias(owner);
  link.group = groupOf(spec);
  if (spec.kind === 'other') return;
  link.up = spec.up;
  link.mtu = spec.mtu ?? link.mtu;
  link.mac = spec.mac ?? link.mac;
  switch (spec.kind) {
    case 'bridge':
      settleBridge(link, spec);
      break;
    case 'macvtap':
      settleMacvtap(link, spec);
      break;
    case 'tap':
      settleTap(link, spec);
      break;
    case 'macvlan':
      settleMacvlan(link, spec);
      break;
    case 'internal':
      break;
  }
}

function settleBridge(link: LinkState, spec: BridgeSpec): void {
  link.type = 'bridge';
  const now = link.bridge ?? { stp: false, forwardDelay: 15, ageingTime: 300, multicastSnooping: true };
  link.bridge = {
    stp: spec.stp ?? now.stp,
    forwardDelay: spec.forwardDelay ?? now.forwardDelay,
    ageingTime: spec.ageingTime ?? now.ageingTime,
    multicastSnooping: spec.multicastSnooping ?? now.multicastSnooping,
  };
  settleLinkLocal(link, spec.linkLocal);
}

/** The kernel keeps the address when it is told to make none. */
function settleLinkLocal(link: LinkState, linkLocal: boolean | null): void {
  if (linkLocal === null) return;
  link.addrGenMode = linkLocal ? 'eui64' : 'none';
  if (linkLocal && !link.addresses.some(({ scope }) => scope === SCOPE_LINK)) {
    link.addresses = [...link.addresses, LINK_LOCAL];
  }
}

const LINK_LOCAL: HostAddress = {
  family: 6,
  local: 'fe80::5a',
  prefix: 64,
  peer: null,
  broadcast: null,
  scope: SCOPE_LINK,
  metric: null,
  label: '',
  noPrefixRoute: false,
  deprecated: false,
  origin: 'static',
};

function settleMacvlan(link: LinkState, spec: MacvlanSpec): void {
  link.type = 'macvlan';
  link.parent = spec.parent;
  link.macvlan = { mode: spec.mode };
}

function settleMacvtap(link: LinkState, spec: MacvtapSpec): void {
  link.type = 'macvtap';
  link.parent = spec.parent;
  link.macvtap = { mode: spec.mode };
  if (spec.altname !== null && !link.altnames.includes(spec.altname)) link.altnames.push(spec.altname);
  link.node = { uid: spec.owner?.uid ?? 0, gid: spec.owner?.gid ?? 0 };
}

function settleTap(link: LinkState, spec: TapSpec): void {
  link.type = 'tun';
  link.tap = {
    mode: 'tap',
    multiQueue: spec.multiQueue,
    queues: link.tap?.queues ?? 0,
    headers: link.tap?.headers ?? { packetInfo: true, virtio: true },
    owner: spec.owner ?? link.tap?.owner ?? { uid: null, gid: null },
  };
  link.master = spec.master;
  link.port = spec.master === null ? null : { isolated: spec.isolated ?? false };
  if (spec.altname !== null && !link.altnames.includes(spec.altname)) link.altnames.push(spec.altname);
}
