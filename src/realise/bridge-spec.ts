import type { LinkState } from '../model/host.ts';
import { IPV6_MIN_MTU } from '../model/ip.ts';
import type { Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { BridgeSpec } from '../model/specs.ts';
import type { HostFacts, RealiseInput } from './realisation.ts';

/** What documents may say of a bridge that Plumbline makes. */
interface BridgeSettings {
  stp?: boolean | undefined;
  forwardDelay?: number | undefined;
  ageingTime?: number | undefined;
  multicastSnooping?: boolean | undefined;
}

/**
 * Whether a bridge is to make itself a link-local address: with subnets of IPv6 it is. `otherwise`: what is said of one
 * without. Nothing is said where the bridge has no IPv6, for it would never be found.
 */
export function linkLocalFor(
  { network, serving, facts }: Pick<RealiseInput<'bridge' | 'virtual'>, 'network' | 'serving' | 'facts'>,
  otherwise: false | null,
): BridgeSpec['linkLocal'] {
  const mtu = network.network?.spec.mtu ?? IPV6_MIN_MTU;
  if (facts.state.ipv6 === false || mtu < IPV6_MIN_MTU) return null;
  return serving?.subnets.some(({ family }) => family === 6) ? true : otherwise;
}

/** The bridge of this name, which no local port of an Open vSwitch bridge is. */
export function standingBridge(facts: HostFacts, name: string): LinkState | null {
  const link = facts.links.get(name);
  return link === undefined || link.bridge === null ? null : link;
}

/** A bridge that Plumbline makes: whose it is, and what is set on it. */
export function wantedBridge(
  entry: BridgeSettings & { bridge: string },
  about: Pick<Wanted<'link'>, 'owner' | 'source' | 'network' | 'adopt'>,
  facts: HostFacts,
  rest: Pick<BridgeSpec, 'mtu' | 'mac' | 'linkLocal'>,
): Wanted<'link'> {
  const takenOver = about.adopt && standingBridge(facts, entry.bridge) !== null;
  return {
    kind: 'link',
    id: idOf('link', entry.bridge),
    name: entry.bridge,
    spec: bridgeSpec(entry, takenOver, rest),
    ...about,
    guests: [],
    needs: [],
    expects: [],
  };
}

/**
 * STP is off unless asked for, and then there is nothing to wait for: a bridge that is made gets no forward delay, should
 * anybody turn STP on. One that is taken over keeps its own: while STP is off, a port forwards at once whatever it is
 * (br_make_forwarding, net/bridge/br_stp.c).
 */
function bridgeSpec(
  settings: BridgeSettings,
  takenOver: boolean,
  rest: Pick<BridgeSpec, 'mtu' | 'mac' | 'linkLocal'>,
): BridgeSpec {
  const stp = settings.stp ?? false;
  return {
    kind: 'bridge',
    up: true,
    stp,
    forwardDelay: settings.forwardDelay ?? (stp || takenOver ? null : 0),
    ageingTime: settings.ageingTime ?? null,
    multicastSnooping: settings.multicastSnooping ?? null,
    ...rest,
  };
}
