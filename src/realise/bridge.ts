import type { RealisationOf } from '../desired/documents.ts';
import type { LinkState } from '../model/host.ts';
import { derivedBridgeMac, derivedGatewayMac } from '../model/identity.ts';
import { linkMark, networkOfOwner } from '../model/mark.ts';
import type { Problem, Source } from '../model/problem.ts';
import type { AnyWanted, Expect, Id, RefusedUplink, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { linkLocalFor, standingBridge, wantedBridge } from './bridge-spec.ts';
import { countGuests, guestDevice, tapSpec } from './guest-device.ts';
import { movableAddresses, takenOver } from './host-addresses.ts';
import type { HostFacts, Realise, RealiseInput } from './realisation.ts';
import { findUplinks, ofBridge, uplinkExpects } from './uplinks.ts';

/** A Linux bridge: one that stands already, or one that Plumbline makes with its uplinks. */
export const realiseBridge: Realise<'bridge'> = (input) => {
  const { entry, network, interfaces, presence, facts } = input;
  const managed = entry.manage ?? false;
  const wanted: AnyWanted[] = [];
  const problems: Problem[] = [];
  const unplanned: Id[] = [];
  const refused: RefusedUplink[] = [];
  const id = idOf('link', entry.bridge);
  if (managed) {
    const uplinks = findUplinks(input, entry.uplinks ?? []);
    const memberships: Wanted<'membership'>[] = [];
    problems.push(...uplinks.problems);
    refused.push(...uplinks.missing.map((name) => ({ of: id, name })));
    for (const { link, source } of uplinks.found) {
      const one = membership(input, link, source);
      if ('wanted' in one) memberships.push(one.wanted);
      else problems.push(one.problem);
      if ('unplanned' in one) unplanned.push(one.unplanned);
      if (!('wanted' in one) && link.master !== entry.bridge) refused.push({ of: id, name: link.name });
    }
    wanted.push(managedBridge(input, memberships, refused.length > 0), ...memberships);
  }
  const source = network.at(['bridge']);
  const mtu = network.network?.spec.mtu ?? (managed ? null : (facts.links.get(entry.bridge)?.mtu ?? null));
  const expects: Expect[] = managed ? [] : [{ id, that: 'exists', type: 'bridge', source }];
  if (!managed && mtu !== null) expects.push({ id, that: 'mtuAtMost', mtu, source });
  const needs = [{ id, incarnation: true }];
  for (const iface of interfaces) {
    const spec = tapSpec(iface, input, { master: entry.bridge, mtu });
    wanted.push(guestDevice(iface, spec, { needs, expects, adopt: entry.adopt ?? false }));
  }
  const summary = {
    name: network.name,
    realisation: `bridge ${entry.bridge}`,
    pool: [],
    guests: countGuests(interfaces, presence),
    undecided: 0,
  };
  return { wanted, problems, unplanned, refused, summary };
};

function managedBridge(
  input: RealiseInput<'bridge'>,
  memberships: readonly Wanted<'membership'>[],
  othersStay: boolean,
): Wanted<'link'> {
  const { host, network, entry, facts } = input;
  return wantedBridge(entry, ofBridge(input, network.at([])), facts, {
    mtu: network.network?.spec.mtu ?? null,
    mac: bridgeMac(host.name, entry, memberships, facts, othersStay),
    linkLocal: linkLocalFor(input, null),
  });
}

/**
 * With the host's addresses comes the address under which the neighbours know them. A bridge that was taken over keeps
 * its own; the derived one spares a new bridge from adopting a guest's, and replaces that of a NIC which has left.
 */
function bridgeMac(
  host: string,
  entry: RealisationOf<'bridge'>,
  memberships: readonly Wanted<'membership'>[],
  facts: HostFacts,
  othersStay: boolean,
): string | null {
  if (entry.mac !== undefined) return entry.mac;
  const bearer = memberships.find(({ spec }) => spec.addressing !== null);
  const lent = bearer === undefined ? null : (facts.links.get(bearer.name)?.mac ?? null);
  if (lent !== null) return lent;
  const bridge = standingBridge(facts, entry.bridge);
  if (bridge === null || servedBy(bridge)) return derivedBridgeMac(host, entry.bridge);
  const members = new Set(memberships.map(({ name }) => name));
  const borrowed = [...facts.links.values()].some(
    ({ name, mac, type, master }) =>
      mac === bridge.mac &&
      name !== bridge.name &&
      !members.has(name) &&
      !(othersStay && master === entry.bridge) &&
      !FOLLOWERS.has(type),
  );
  return borrowed && entry.adopt !== true ? derivedBridgeMac(host, entry.bridge) : null;
}

/** Whether it has the gateway's address of a network that was served by it, which goes with that network. */
function servedBy(bridge: LinkState): boolean {
  const mark = linkMark(bridge);
  const network = mark.is === 'ours' ? networkOfOwner(mark.owner) : null;
  return network !== null && bridge.mac === derivedGatewayMac(network);
}

/** Links that have another's address by their nature. */
const FOLLOWERS = new Set(['macvtap', 'macvlan', 'ipvlan', 'ipvtap', 'vlan', 'tun']);

type Membership =
  | { wanted: Wanted<'membership'> }
  /** Left as it is, or, with nothing `unplanned`, not wanted until the problem is solved. */
  | { problem: Problem; unplanned: Id }
  | { problem: Problem };

function membership(input: RealiseInput<'bridge'>, uplink: LinkState, source: Source): Membership {
  const { entry, facts } = input;
  const moves = entry.moveAddresses ?? false;
  const id = idOf('membership', uplink.name);
  const movable = movableAddresses(facts.state, uplink, entry.bridge, source);
  if (moves && 'problem' in movable) return { ...movable, unplanned: id };
  const taken = takenOver(facts.state, uplink.name);
  if (!moves && taken.length > 0) return { problem: goesBack(uplink.name, taken, entry.bridge, source) };
  const wanted: Wanted<'membership'> = {
    kind: 'membership',
    id,
    name: uplink.name,
    spec: {
      bridge: entry.bridge,
      recordedBy: [entry.bridge],
      addressing: moves && 'addressing' in movable ? movable.addressing : null,
    },
    ...ofBridge(input, source),
    needs: [{ id: idOf('link', entry.bridge), incarnation: true }],
    expects: uplinkExpects(uplink.name, idOf('link', entry.bridge), source, moves),
  };
  return { wanted };
}

/** moveAddresses was taken out: in the bridge, the NIC would cut the host off as soon as it has its addresses again. */
function goesBack(uplink: string, taken: readonly string[], bridge: string, source: Source): Problem {
  return {
    code: 'uplink-has-address',
    severity: 'error',
    message: `${bridge} has the host's own address ${taken.join(', ')} from ${uplink}, which is to have it back without moveAddresses, and cannot be its uplink then`,
    source,
    hint: 'say moveAddresses: true, or take the uplink out',
  };
}
