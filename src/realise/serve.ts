import type { RealisationType } from '../desired/documents.ts';
import type { ServedSubnet, Serving } from '../desired/serving.ts';
import { IPV6_MIN_MTU } from '../model/ip.ts';
import { linkOwner, networkOwner } from '../model/mark.ts';
import type { ServingSummary } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Expect, Id, Need, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { dnsmasqSpec } from './dnsmasq.ts';
import type { HostPlace } from './host-places.ts';
import { clash, ownAddresses } from './host-places.ts';
import type { Kernel } from './kernel-settings.ts';
import { linkSetting, linkSettings } from './kernel-settings.ts';
import type { Outside } from './outside.ts';
import type { RealiseInput } from './realisation.ts';
import type { ServiceLink } from './service-link.ts';
import { sameSegment } from './service-link.ts';

/** A network that this host serves, with all that was found out about where. */
export interface Served {
  input: RealiseInput<RealisationType>;
  serving: Serving;
  place: Exclude<ServiceLink, 'none'>;
  outside: Outside;
  /** Its rules; null for none. */
  firewall: Wanted<'firewall'> | null;
}

/** What holds for all networks that a host serves. */
export interface ServingHost {
  kernel: Kernel;
  places: readonly HostPlace[];
  /** Rules that must stand before anything is forwarded; null for none. */
  guard: Id | null;
  dnsmasqMissing: Problem | null;
}

export interface ServedResources {
  wanted: AnyWanted[];
  problems: Problem[];
  unplanned: Id[];
}

interface ServedNetwork extends ServedResources {
  /** A subnet of it cannot be here. */
  refused: boolean;
}

/**
 * What a network's service comes to besides its rules: settings of the link, addresses, routes, DHCP and DNS. Their
 * needs give the order: no address before the rules that protect the host from who can then reach it.
 */
export function serveNetwork(served: Served, host: ServingHost): ServedNetwork {
  const { serving, place, firewall, input } = served;
  const result: ServedNetwork = { wanted: [...place.wanted], problems: [], unplanned: [], refused: false };
  const settings = settingsOf(served, host.kernel);
  const rules = [firewall?.id ?? null, host.guard].flatMap((id) => (id === null ? [] : [need(id)]));
  result.wanted.push(...settings);

  const segment = [serving.link, ...sameSegment(input)];
  const addresses: Wanted<'address'>[] = [];
  for (const subnet of serving.subnets) {
    const problem = refusal(served, subnet, host, segment);
    if (problem !== null) {
      result.problems.push(problem);
      result.unplanned.push(...subnetIds(serving.link, subnet));
      result.refused = true;
      continue;
    }
    const address = addressOf(served, subnet, rules, settings);
    if (address === null) continue;
    addresses.push(address);
    result.wanted.push(address, ...routesOf(served, subnet, address.id));
  }

  const service = serviceOf(served, host.kernel, [...rules, ...addresses.map(({ id }) => need(id))]);
  if (service !== null && host.dnsmasqMissing !== null) {
    result.problems.push({ ...host.dnsmasqMissing, source: service.source });
    result.unplanned.push(service.id);
  } else if (service !== null) result.wanted.push(service);

  // Told once: what needs the first is skipped with it, and so is all that needs the link.
  const first = addresses[0] ?? service;
  if (first !== null && first !== undefined) first.expects = [...first.expects, ...place.expects];
  return result;
}

/** All that this network's service may have on the host, for when nothing can be decided about it. */
export function servingIds(serving: Serving): Id[] {
  const { network, link, subnets } = serving;
  return [
    idOf('link', link),
    idOf('ovs-port', link),
    idOf('firewall', network),
    idOf('service', network),
    ...subnets.flatMap((subnet) => subnetIds(link, subnet)),
  ];
}

/** `, serves 10.20.0.1/24 and fd00:20::1/64`; the subnets, where the host has no address in them; '' for none. */
export function servedWords({ subnets }: Serving): string {
  const gateways = subnets.flatMap(({ gateway, prefix }) =>
    gateway === null ? [] : [`${gateway}/${prefix}`],
  );
  const words = gateways.length > 0 ? gateways : subnets.map(({ subnet }) => subnet);
  return words.length === 0 ? '' : `, serves ${words.join(' and ')}`;
}

/** The same for programs, and whether anything runs for it. */
export function servingSummary(
  { network, link, forward, subnets }: Serving,
  wanted: readonly AnyWanted[],
): ServingSummary {
  const addresses = subnets.flatMap(({ gateway, prefix }) =>
    gateway === null ? [] : [`${gateway}/${prefix}`],
  );
  const service = wanted.some(({ kind, name }) => kind === 'service' && name === network);
  return { link, forward, addresses, service };
}

function need(id: Id): Need {
  return { id, incarnation: false };
}

/** Nothing of a bridge that stands already is set: it is its owner's. Where a link has no IPv6 there are no settings of it. */
function settingsOf({ input, serving, place }: Served, kernel: Kernel): Wanted<'sysctl'>[] {
  if (!place.ours || (serving.mtu ?? IPV6_MIN_MTU) < IPV6_MIN_MTU) return [];
  const { entry, facts } = input;
  const link = facts.links.get(serving.link);
  const own =
    (entry.type === 'bridge' && entry.moveAddresses === true) ||
    (link !== undefined && ownAddresses(link).some(({ family }) => family === 6));
  const served = serving.subnets.some(({ family }) => family === 6);
  return linkSettings(
    kernel,
    serving.link,
    { served, own },
    { source: serving.at([]), network: serving.network },
  );
}

function refusal(
  { serving }: Served,
  subnet: ServedSubnet,
  { kernel, places }: ServingHost,
  segment: readonly string[],
): Problem | null {
  if (subnet.family === 6 && !kernel.ipv6) {
    return {
      code: 'no-ipv6',
      severity: 'error',
      message: `network ${serving.network}: the subnet ${subnet.subnet} cannot be served, for this host's kernel has no IPv6`,
      source: subnet.at(['subnet']),
      hint: 'take ipv6.disable=1 off its command line',
    };
  }
  return clash(serving.network, subnet, places, segment);
}

function addressOf(
  { serving, input }: Served,
  subnet: ServedSubnet,
  rules: readonly Need[],
  settings: readonly Wanted<'sysctl'>[],
): Wanted<'address'> | null {
  const { link, network } = serving;
  const { gateway, prefix, family } = subnet;
  if (gateway === null) return null;
  const name = `${link}/${gateway}/${prefix}`;
  const enabled = settings.filter(
    ({ name: path }) => family === 6 && path === linkSetting(6, link, 'disable_ipv6'),
  );
  return {
    kind: 'address',
    id: idOf('address', name),
    name,
    spec: { link, address: gateway, prefix },
    owner: linkOwner(link),
    source: subnet.at(['gateway']),
    guests: [],
    network,
    needs: [{ id: idOf('link', link), incarnation: true }, ...rules, ...enabled.map(({ id }) => need(id))],
    expects: [],
    adopt: input.entry.adopt ?? false,
  };
}

/** The host's own way into what lies behind a machine of the network. */
function routesOf(
  { serving: { link, network } }: Served,
  subnet: ServedSubnet,
  address: Id,
): Wanted<'route'>[] {
  return subnet.routes.map(({ destination, gateway, metric, source }) => {
    const name = routeName(destination, link);
    const needs = [{ id: idOf('link', link), incarnation: true }, need(address)];
    return {
      kind: 'route',
      id: idOf('route', name),
      name,
      spec: { destination, gateway, link, metric },
      owner: linkOwner(link),
      source,
      guests: [],
      network,
      needs,
      expects: [],
      adopt: false,
    };
  });
}

function subnetIds(link: string, { gateway, prefix, routes }: ServedSubnet): Id[] {
  return [
    ...(gateway === null ? [] : [idOf('address', `${link}/${gateway}/${prefix}`)]),
    ...routes.map(({ destination }) => idOf('route', routeName(destination, link))),
  ];
}

export function routeName(destination: string, link: string): string {
  return `${destination}@${link}`;
}

/** Without IPv6 in the kernel dnsmasq does not start with a subnet of it, and would serve no other either. */
function serviceOf(
  { serving, input }: Served,
  { ipv6 }: Kernel,
  needs: readonly Need[],
): Wanted<'service'> | null {
  const subnets = ipv6 ? serving.subnets : serving.subnets.filter(({ family }) => family === 4);
  const spec = dnsmasqSpec({ ...serving, subnets }, { link: serving.link, mtu: serving.mtu });
  if (spec === null) return null;
  const expects: Expect[] = [];
  return {
    kind: 'service',
    id: idOf('service', serving.network),
    name: serving.network,
    spec,
    owner: networkOwner(serving.network),
    source: serving.at(input.entry.type === 'virtual' ? [] : ['serve']),
    guests: [],
    network: serving.network,
    needs: [need(idOf('link', serving.link)), ...needs],
    expects,
    adopt: false,
  };
}
