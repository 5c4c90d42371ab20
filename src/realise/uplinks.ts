import type { ResolvedHost } from '../desired/fleet.ts';
import type { LinkState } from '../model/host.ts';
import type { Owner } from '../model/mark.ts';
import { networkOwner } from '../model/mark.ts';
import type { Problem, Source } from '../model/problem.ts';
import type { Expect, Id } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { findDevice } from './devices.ts';
import type { RealiseInput } from './realisation.ts';

export interface Uplinks {
  found: { link: LinkState; source: Source }[];
  problems: Problem[];
  /** As the documents name them. */
  missing: string[];
}

/** A missing uplink fails only itself; one that is down or too small for the network's frames is warned of. */
export function findUplinks(
  { host, network, facts }: Pick<RealiseInput<'bridge' | 'openvswitch'>, 'host' | 'network' | 'facts'>,
  references: readonly string[],
): Uplinks {
  const uplinks: Uplinks = { found: [], problems: [], missing: [] };
  for (const [i, reference] of references.entries()) {
    const source = network.at(['uplinks', i]);
    const warn = (code: string, message: string, hint: string) =>
      uplinks.problems.push({ code, severity: 'warning', message, source, hint });
    const found = findDevice(reference, host, facts.links);
    if ('missing' in found) {
      uplinks.missing.push(reference);
      uplinks.problems.push({
        code: 'device-missing',
        severity: 'error',
        message: `network ${network.name}: the uplink ${reference} is not on this host: ${found.missing}`,
        source,
        hint: 'the network works among the guests of this host until it is there',
      });
      continue;
    }
    const { link } = found;
    uplinks.found.push({ link, source });
    if (!link.up) {
      warn('uplink-down', `the uplink ${link.name} is down`, `ip link set dev ${link.name} up`);
    }
    const mtu = network.network?.spec.mtu;
    if (mtu !== undefined && link.mtu < mtu) {
      warn(
        'uplink-mtu',
        `the uplink ${link.name} has MTU ${link.mtu}, the network ${mtu}: larger frames do not leave this host`,
        `ip link set dev ${link.name} mtu ${mtu}`,
      );
    }
  }
  return uplinks;
}

/** What a managed bridge and its uplinks have in common: whose they are, and that they serve no one guest. */
export function ofBridge(
  { host, network, entry }: Pick<RealiseInput<'bridge' | 'openvswitch'>, 'host' | 'network' | 'entry'>,
  source: Source,
) {
  return {
    owner: bridgeOwner(host, entry.bridge),
    source,
    guests: [],
    network: network.name,
    adopt: entry.adopt ?? false,
  };
}

/**
 * The mark of a managed bridge and of what is in it: that of the first network by name which is realised by it here,
 * for several may share one.
 */
function bridgeOwner(host: ResolvedHost, bridge: string): Owner {
  for (const { name, entry } of host.networks.values()) {
    if (entry.type !== 'bridge' && entry.type !== 'openvswitch') continue;
    if (entry.bridge === bridge && entry.manage === true) return networkOwner(name);
  }
  throw new Error(`no network of host ${host.name} manages a bridge ${bridge}`);
}

/** What is asked of a link before it becomes an uplink of this bridge. `moves`: its addresses go to the bridge. */
export function uplinkExpects(uplink: string, bridge: Id, source: Source, moves: boolean): Expect[] {
  const id = idOf('link', uplink);
  const fit: Expect = { id, that: 'fitUplink', of: bridge, source };
  return moves ? [fit] : [fit, { id, that: 'noGlobalAddress', source }];
}
