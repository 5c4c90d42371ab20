import type { Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { Fleet } from '../../src/desired/fleet.ts';
import { resolveHost } from '../../src/desired/resolve.ts';
import type { HostRoute } from '../../src/model/addressing.ts';
import type { HostState, LinkState, OvsBridgeState, ServicesState } from '../../src/model/host.ts';
import type { Kind, Wanted } from '../../src/model/resource.ts';
import { idOf } from '../../src/model/resource.ts';
import type { RealisedHost } from '../../src/realise/host.ts';
import { realiseHost } from '../../src/realise/host.ts';
import { makeFleet } from '../support/fleet.ts';
import { hostAddress, makeHost } from '../support/host.ts';

/** How a kernel since 6.17 is set that routes nothing. */
const NO_ROUTER = {
  'net/ipv4/ip_forward': '0',
  'net/ipv6/conf/all/forwarding': '0',
  'net/ipv6/conf/default/forwarding': '0',
  'net/ipv6/conf/all/force_forwarding': '0',
};

/** A host that has dnsmasq and nft and nothing of ours, until `rest` says otherwise. */
export function servingHost(
  links: LinkState[],
  rest: Partial<Omit<ServicesState, 'sysctls'>> & {
    sysctls?: Record<string, string | null>;
    routes?: HostRoute[];
    ovs?: OvsBridgeState[] | null;
  } = {},
): HostState {
  const { sysctls = {}, routes = [], ovs = [], ...services } = rest;
  const settings = Object.entries({ ...NO_ROUTER, ...sysctls }).flatMap(([path, value]) =>
    value === null ? [] : [[path, value] as const],
  );
  return {
    ...makeHost(links, ovs),
    routes,
    services: {
      sysctls: new Map(settings),
      firewall: null,
      firewallUnavailable: null,
      dnsmasq: [],
      foreignDrops: [],
      missing: [],
      ...services,
    },
  };
}

export function having(...texts: string[]): Partial<LinkState> {
  return {
    addresses: texts.map(hostAddress),
    globalAddresses: texts.filter((text) => !text.startsWith('fe80:')),
  };
}

export function route(destination: string, device: string, rest: Partial<HostRoute> = {}): HostRoute {
  return {
    family: destination.includes(':') ? 6 : 4,
    destination,
    type: 'unicast',
    table: 254,
    protocol: 3,
    scope: 0,
    metric: null,
    gateway: null,
    source: null,
    onlink: false,
    preference: null,
    metrics: [],
    devices: [device],
    unsayable: [],
    ...rest,
  };
}

export const LAB: SpecOf<'Network'> = {
  addressing: [
    { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: { ranges: ['10.20.0.100-10.20.0.199'] } },
    { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', slaac: true },
  ],
};

/** One network `lab` on the host `h`, with a guest `web1` on it. */
export function labOn(realisation: Realisation, network: SpecOf<'Network'> = LAB): Fleet {
  return makeFleet({
    networks: { lab: network },
    hosts: { h: { networks: { lab: realisation } } },
    guests: { web1: { host: 'h', interfaces: [{ name: 'e0', network: 'lab' }] } },
  });
}

export function realise(
  fleet: Fleet,
  state: HostState,
  skipped: ReadonlyMap<string, string> = new Map(),
): RealisedHost {
  const host = resolveHost(fleet, 'h');
  if (host === undefined) throw new Error('the fleet has no host h');
  const links = new Map(state.links.map((link) => [link.name, link]));
  return realiseHost(
    fleet,
    host,
    { state, links, held: new Map(), deviceOwner: null, datapath: null },
    skipped,
  );
}

export function ids({ wanted }: RealisedHost): string[] {
  return wanted.map(({ id }) => id).sort();
}

export function find<K extends Kind>({ wanted }: RealisedHost, kind: K, name: string): Wanted<K> {
  const one = wanted.find(({ id }) => id === idOf(kind, name));
  if (one === undefined) {
    throw new Error(`no ${kind} ${name} is wanted, but ${wanted.map(({ id }) => id).join(', ')}`);
  }
  // The id says which kind it is of.
  return one as Wanted as Wanted<K>;
}

export function codes({ problems }: RealisedHost): string[] {
  return problems.map(({ code }) => code);
}
