import type { RealisationType } from '../desired/documents.ts';
import type { ResolvedHost } from '../desired/fleet.ts';
import type { Serving } from '../desired/serving.ts';
import { HOST_FIREWALL } from '../kinds/firewall.ts';
import type { HostState, LinkState } from '../model/host.ts';
import { linkMark, ovsMark, recordedAddressTexts } from '../model/mark.ts';
import type { Problem } from '../model/problem.ts';
import type { Id, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { findDevice } from './devices.ts';
import { guardRules } from './firewall.ts';
import { forwardingLinks, forwardingSettings, needsGuard } from './forwarding.ts';
import { hostPlaces } from './host-places.ts';
import { kernelOf } from './kernel-settings.ts';
import { leftStanding } from './left-standing.ts';
import type { HostFacts, RealiseInput } from './realisation.ts';
import type { Served, ServedResources } from './serve.ts';
import { serveNetwork, servingIds } from './serve.ts';
import { networkRules } from './served-rules.ts';
import { serviceLink } from './service-link.ts';
import { dropWarnings, missingTool } from './surroundings.ts';

export type ServingInput = RealiseInput<RealisationType> & { serving: Serving };

/** Addresses, services, rules and forwarding of all networks that this host serves. */
export function serveHost(inputs: readonly ServingInput[], facts: HostFacts): ServedResources {
  const result: ServedResources = { wanted: [], problems: [], unplanned: [] };
  const served = inputs.flatMap((input) => place(input, result));
  const kernel = kernelOf(facts.state);
  const forwarding = served.filter(({ serving }) => serving.forward !== 'isolated');
  const moved = movedTo(inputs);
  const guard = guardOf(served, forwarding, facts, moved);
  const host = {
    kernel,
    places: hostPlaces(facts.state),
    guard: guard?.id ?? null,
    dnsmasqMissing: missingTool(facts.state, 'dnsmasq'),
  };
  const refused: Served[] = [];
  for (const one of served) {
    const part = serveNetwork(one, host);
    result.wanted.push(...part.wanted);
    result.problems.push(...part.problems);
    result.unplanned.push(...part.unplanned);
    if (part.refused) refused.push(one);
  }
  const asked = new Set(result.wanted.map(({ id }) => id));
  result.unplanned.push(...refused.flatMap(({ serving }) => leftStanding(serving, facts, asked)));
  const rules = [guard, ...served.map(({ firewall }) => firewall)].filter((one) => one !== null);
  addRules(result, rules, facts);
  const settings = forwardingSettings(
    forwarding.map(({ serving, outside, firewall }) => ({
      serving,
      outside,
      rules: [guard?.id, firewall?.id].filter((id) => id !== undefined),
    })),
    facts,
    kernel,
    moved,
  );
  result.wanted.push(...settings.wanted);
  result.problems.push(...settings.problems, ...dropWarnings(forwarding, facts.state));
  return result;
}

function place(input: ServingInput, result: ServedResources): Served[] {
  const { serving } = input;
  const link = serviceLink(input, serving);
  if (link === 'none') {
    result.unplanned.push(...servingIds(serving));
    return [];
  }
  const rules = networkRules(input, serving);
  result.problems.push(...rules.problems);
  return [{ input, serving, place: link, outside: rules.outside, firewall: rules.firewall }];
}

/**
 * Where nothing is forwarded any more it stays as long as something is served: the settings that made it needed stay too.
 */
function guardOf(
  served: readonly Served[],
  forwarding: readonly Served[],
  facts: HostFacts,
  moved: ReadonlyMap<string, string>,
): Wanted<'firewall'> | null {
  const stands = facts.state.services?.firewall?.owners.some(({ owner }) => owner === HOST_FIREWALL);
  const [first] = forwarding.length > 0 || stands !== true ? forwarding : served;
  if (first === undefined) return null;
  const links = served.map(({ serving }) => serving.link);
  const staying = withoutLeaving(facts, first.input.host);
  const bridges = [...staying.links.values()].filter(
    ({ name, bridge }) => bridge !== null && !links.includes(name),
  );
  const kernel = kernelOf(facts.state);
  const rules = ([4, 6] as const).flatMap((family) =>
    guardRules(family, {
      from: needsGuard(kernel, family)
        ? forwardingLinks(forwarding, links, { facts, staying }, kernel, family, moved)
        : [],
      served: served.filter(({ firewall }) => firewall === null).map(({ serving }) => serving.link),
      bridges: bridges.map(({ name }) => name).sort(),
    }),
  );
  if (rules.length === 0) return null;
  return {
    kind: 'firewall',
    id: idOf('firewall', HOST_FIREWALL),
    name: HOST_FIREWALL,
    spec: { link: null, rules, whole: true },
    owner: 'Host',
    source: first.serving.at(['forward']),
    guests: [],
    network: first.serving.network,
    needs: [],
    expects: [],
    adopt: false,
  };
}

/**
 * Links of ours that no document names go in this run, with whatever was set on them: a rule that names one would be
 * another one in the next run.
 */
function withoutLeaving(facts: HostFacts, host: ResolvedHost): HostFacts {
  /** By name, whether it is a Linux bridge: one that another kind follows under its name goes as well. */
  const bridges = new Map<string, boolean>();
  for (const { entry } of host.networks.values())
    if (entry.type !== 'direct') bridges.set(entry.bridge, entry.type !== 'openvswitch');
  const links = [...facts.links].filter(
    ([name, link]) => bridges.get(name) === (link.bridge !== null) || !isOurs(link, facts.state),
  );
  return { ...facts, links: new Map(links) };
}

/** By its own mark, or by that of the Open vSwitch bridge or port whose link it is. */
function isOurs(link: LinkState, { ovs }: HostState): boolean {
  if (linkMark(link).is === 'ours') return true;
  const bridge = ovs?.bridges.find(({ name }) => name === link.name);
  if (bridge !== undefined) return ovsMark('Bridge', bridge.externalIds).is === 'ours';
  const port = ovs?.bridges.flatMap(({ ports }) => ports).find(({ name }) => name === link.name);
  return port !== undefined && ovsMark('Port', port.externalIds).is === 'ours' && link.tap !== null;
}

/** Where rules can be neither read nor set, those that stand are left, and what counts on others is not made. */
function addRules(result: ServedResources, rules: readonly Wanted<'firewall'>[], { state }: HostFacts): void {
  const [first] = rules;
  if (first === undefined) return;
  const problem = missingTool(state, 'nft') ?? unreadable(state.services?.firewallUnavailable ?? null);
  if (problem === null) {
    result.wanted.push(...rules);
    return;
  }
  result.problems.push({ ...problem, source: first.source });
  result.unplanned.push(...rules.map(({ id }): Id => id));
}

function unreadable(why: string | null): Problem | null {
  if (why === null) return null;
  return {
    code: 'firewall-unreadable',
    severity: 'error',
    message: `the rules of this host cannot be read: ${why}`,
    source: null,
    hint: 'no network is given an address that counts on them',
  };
}

/**
 * By link, the one that has its addresses in the end: by uplink the bridge that takes them over or has done so, by such
 * a bridge the uplink that they go back to.
 */
function movedTo(inputs: readonly ServingInput[]): Map<string, string> {
  const moved = new Map<string, string>();
  const [input] = inputs;
  if (input === undefined) return moved;
  const { host, facts } = input;
  for (const { entry } of host.networks.values()) {
    if (entry.type !== 'bridge' || entry.moveAddresses !== true) continue;
    for (const device of entry.uplinks ?? []) {
      const found = findDevice(device, host, facts.links);
      if ('link' in found) moved.set(found.link.name, entry.bridge);
    }
  }
  for (const { name, altnames } of facts.links.values()) {
    for (const { uplink } of recordedAddressTexts(altnames)) {
      const end = moved.get(uplink) ?? uplink;
      if (end !== name) moved.set(name, end);
    }
  }
  return moved;
}
