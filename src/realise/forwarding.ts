import type { Serving } from '../desired/serving.ts';
import { IPV6_FORWARD, IPV6_FORWARD_NEW } from '../kinds/sysctl.ts';
import { PROTOCOL } from '../model/addressing.ts';
import type { Problem } from '../model/problem.ts';
import type { Id, Need, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { Kernel } from './kernel-settings.ts';
import { IPV4_FORWARD, linkSetting, sysctl } from './kernel-settings.ts';
import type { Outside } from './outside.ts';
import { linksOutside } from './outside.ts';
import type { HostFacts } from './realisation.ts';

/** A link by which guests reach more than one another and the host. */
export interface Forwarded {
  serving: Serving;
  outside: Outside;
  /** The rules without which nothing may be forwarded. */
  rules: readonly Id[];
}

/** Whether the machine as a whole is no router in this family, so that what nobody here asked for is to be dropped. */
export function needsGuard(kernel: Kernel, family: 4 | 6): boolean {
  if (family === 4) return kernel.setting(IPV4_FORWARD) === '0';
  const all = kernel.setting(IPV6_FORWARD);
  return all === '0' || (all === '1' && isOurDoing(kernel));
}

function isOurDoing(kernel: Kernel): boolean {
  return !kernel.forcesForwarding && kernel.setting(IPV6_FORWARD_NEW) === '0';
}

/**
 * Forwarding for each link that has to: of the networks, and by which they are left. `moved`: by uplink, the bridge that
 * takes over its addresses.
 */
export function forwardingSettings(
  forwarded: readonly Forwarded[],
  facts: HostFacts,
  kernel: Kernel,
  moved: ReadonlyMap<string, string>,
): { wanted: Wanted<'sysctl'>[]; problems: Problem[] } {
  const wanted: Wanted<'sysctl'>[] = [];
  const problems: Problem[] = [];
  for (const family of [4, 6] as const) {
    if (family === 6 && !kernel.ipv6) continue;
    const outside = linksOutside(facts, family, moved);
    const settings: Wanted<'sysctl'>[] = [];
    for (const one of forwarded) {
      if (!one.serving.subnets.some((subnet) => subnet.family === family)) continue;
      settings.push(...(family === 4 ? ipv4Settings(one, outside) : ipv6Settings(one, outside, kernel)));
    }
    const lossy = family === 6 ? losesRoutes(settings, facts, kernel) : null;
    if (lossy === null) wanted.push(...settings);
    else problems.push(lossy);
  }
  return { wanted, problems };
}

/**
 * The links, beside those that are `served`, of which packets are forwarded: those that have to be for the networks, and
 * those of the `staying` ones that were before. `all` where the kernel knows no single ones.
 */
export function forwardingLinks(
  forwarded: readonly Pick<Forwarded, 'serving' | 'outside'>[],
  served: readonly string[],
  { facts, staying }: { facts: HostFacts; staying: HostFacts },
  kernel: Kernel,
  family: 4 | 6,
  moved: ReadonlyMap<string, string>,
): string[] | 'all' {
  if (family === 6 && !kernel.forcesForwarding) return 'all';
  const setting = family === 4 ? 'forwarding' : 'force_forwarding';
  const names = new Set<string>();
  for (const name of staying.links.keys()) {
    if (kernel.setting(linkSetting(family, name, setting)) === '1') names.add(name);
  }
  const outside = linksOutside(facts, family, moved);
  for (const one of forwarded) {
    if (!one.serving.subnets.some((subnet) => subnet.family === family)) continue;
    for (const name of linksOf(one, outside)) names.add(name);
  }
  return [...names].filter((name) => !served.includes(name)).sort();
}

/** `forwarding` of the interface by which a packet comes decides: `ip_forward` need not be touched (net/ipv4/route.c). */
function ipv4Settings(one: Forwarded, outside: readonly string[]): Wanted<'sysctl'>[] {
  return linksOf(one, outside).map((link) => set(one, linkSetting(4, link, 'forwarding'), '1', link));
}

/**
 * `forwarding` of the served link makes the host a router to its guests: else its neighbour advertisements have no
 * router flag, and a guest drops its default route (RFC 4861 7.2.5). Whether packets are forwarded is said by
 * `force_forwarding` of the interface by which they come, and before Linux 6.17 for all at once only.
 */
function ipv6Settings(one: Forwarded, outside: readonly string[], kernel: Kernel): Wanted<'sysctl'>[] {
  const { link } = one.serving;
  const router = set(one, linkSetting(6, link, 'forwarding'), '1', link);
  if (kernel.forcesForwarding) {
    const forced = linksOf(one, outside).map((name) =>
      set(one, linkSetting(6, name, 'force_forwarding'), '1', name),
    );
    return [router, ...forced];
  }
  const all = set(one, IPV6_FORWARD, '1', null);
  if (kernel.setting(IPV6_FORWARD) === '1' && !isOurDoing(kernel)) return [router, all];
  const sign = set(one, IPV6_FORWARD_NEW, '0', null);
  return [router, all, { ...sign, needs: [...sign.needs, { id: all.id, incarnation: false }] }];
}

function linksOf(
  { serving, outside }: Pick<Forwarded, 'serving' | 'outside'>,
  anywhere: readonly string[],
): string[] {
  const others = outside.is === 'anywhere' ? anywhere : outside.is === 'link' ? [outside.name] : [];
  return [...new Set([serving.link, ...others])];
}

function set({ serving, rules }: Forwarded, path: string, value: string, link: string | null) {
  const needs: Need[] = rules.map((id) => ({ id, incarnation: false }));
  // A link of the outside stands; that of the network is made here, or must stand.
  if (link === serving.link) needs.unshift({ id: idOf('link', link), incarnation: true });
  return sysctl(path, value, { source: serving.at(['forward']), network: serving.network, needs });
}

/**
 * Whoever turns `forwarding` on, for whatever interface, makes the kernel forget the default routes that it has from
 * router advertisements, but where accept_ra is 2 (rt6_purge_dflt_routers, net/ipv6/route.c). Only told while there is
 * something to turn on.
 */
function losesRoutes(
  settings: readonly Wanted<'sysctl'>[],
  { state }: HostFacts,
  kernel: Kernel,
): Problem | null {
  const first = settings.find(
    ({ name, spec }) => name.endsWith('/forwarding') && spec.value === '1' && kernel.setting(name) !== '1',
  );
  if (first === undefined) return null;
  const links = (state.routes ?? []).flatMap(({ family, protocol, devices }) =>
    family === 6 && protocol === PROTOCOL.ra
      ? devices.filter((device) => kernel.setting(linkSetting(6, device, 'accept_ra')) === '1')
      : [],
  );
  const [link] = links;
  if (link === undefined) return null;
  return {
    code: 'ipv6-routes-would-go',
    severity: 'error',
    message: `network ${first.network}: ${link} has routes by router advertisements, which the kernel drops when IPv6 forwarding is turned on (accept_ra is 1)`,
    source: first.source,
    hint: `sysctl -w net.ipv6.conf.${link.replaceAll('.', '/')}.accept_ra=2, or give ${link} static routes; IPv6 is not forwarded until then`,
  };
}
