import type { HostRoute } from '../model/addressing.ts';
import type { HostState, LinkState, ServicesState } from '../model/host.ts';
import { guestOfOwner, linkMark, recordedGateways, recordedUplinks } from '../model/mark.ts';
import { hasServed } from '../tools/served.ts';
import type { Task } from './task.ts';

/** What is read beside links and Open vSwitch where the host serves a network. */
export interface ServicesReading {
  routes: HostRoute[];
  /** All but the settings, which are read by the links' names. */
  services: Omit<ServicesState, 'sysctls'>;
}

/** Whether the documents have this host serve a network, or it is to be left with nothing. */
export function servesNetworks({ desired }: Task): boolean {
  if (desired === null) return true;
  return [...desired.host.networks.values()].some(
    ({ entry }) => entry.type === 'virtual' || (entry.serve ?? false) !== false,
  );
}

/** Whether something of a network that it served may be left. */
export function mayHaveServed({ links }: HostState, env: NodeJS.ProcessEnv): boolean {
  return links.some(({ altnames }) => recordedGateways(altnames).length > 0) || hasServed(env);
}

const PROGRAMS = ['dnsmasq', 'nft'];

/** What is read of the services of a host besides the table of rules and each dnsmasq. */
export interface Extent {
  routes: boolean;
  /** What rules of others drop. */
  foreignDrops: boolean;
}

export const EVERYTHING: Extent = { routes: true, foreignDrops: true };

/** All at once: each is a process of its own. */
export async function readServices(env: NodeJS.ProcessEnv, extent: Extent): Promise<ServicesReading> {
  const [{ readFirewall }, dnsmasq, { readRoutes }, { findProgram }] = await Promise.all([
    import('../tools/nft/read.ts'),
    import('../tools/dnsmasq/read.ts'),
    import('../tools/ip/routes.ts'),
    import('../tools/programs.ts'),
  ]);
  const [{ firewall, unavailable, foreignDrops }, services, routes] = await Promise.all([
    readFirewall(extent),
    dnsmasq.readServices(env),
    extent.routes ? readRoutes() : [],
  ]);
  const missing = PROGRAMS.filter((program) => findProgram(program) === null);
  return {
    routes,
    services: {
      firewall,
      firewallUnavailable: unavailable,
      dnsmasq: services,
      foreignDrops,
      missing,
    },
  };
}

const IPV4_SETTINGS = ['forwarding'];
const IPV6_SETTINGS = [
  'accept_dad',
  'accept_ra',
  'autoconf',
  'disable_ipv6',
  'force_forwarding',
  'forwarding',
];

/**
 * The settings that serving a network reads or sets: those of the whole host, and of each link that is no guest's. An
 * uplink of ours has its own again when it leaves its bridge.
 */
export function settingsOf({ links, ovs }: HostState): string[] {
  const ports = (ovs?.bridges ?? []).flatMap((bridge) =>
    bridge.ports.flatMap(({ interfaces }) => interfaces),
  );
  const internal = new Set(ports.flatMap(({ name, type }) => (type === 'internal' ? name : [])));
  const uplinks = new Set(
    links.flatMap(({ altnames }) => recordedUplinks(altnames).map(({ uplink }) => uplink)),
  );
  const names = links.flatMap((link) =>
    internal.has(link.name) || uplinks.has(link.name) || isHostSide(link) ? [link.name] : [],
  );
  return [
    'net/ipv4/ip_forward',
    ...names.flatMap((link) => IPV4_SETTINGS.map((name) => `net/ipv4/conf/${link}/${name}`)),
    ...['all', 'default', ...names].flatMap((link) =>
      IPV6_SETTINGS.map((name) => `net/ipv6/conf/${link}/${name}`),
    ),
  ];
}

/** By the numbers of addr_gen_mode below /proc/sys (IN6_ADDR_GEN_MODE_*, linux/if_link.h). */
const GEN_MODES = ['eui64', 'none', 'stable_secret', 'random'];

/** How links make their link-local addresses, which the dump of addresses does not tell. */
export function addGenModes(links: readonly LinkState[], read: (path: string) => string | null): void {
  for (const link of links.filter(isHostSide)) {
    const mode = read(`net/ipv6/conf/${link.name}/addr_gen_mode`);
    link.addrGenMode = mode === null ? null : (GEN_MODES[Number(mode)] ?? mode);
  }
}

/** Guests' devices and ports of bridges, strangers' too, are many, and the host itself is not on them. */
function isHostSide(link: LinkState): boolean {
  const mark = linkMark(link);
  if (mark.is === 'ours' && guestOfOwner(mark.owner) !== null) return false;
  const isPort = link.tap !== null || link.macvtap !== null || link.master !== null;
  return !isPort || link.globalAddresses.length > 0;
}
