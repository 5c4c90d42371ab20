import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import { networkOwner } from '../model/mark.ts';
import { SANDBOX_SKIPPED } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Id, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { LibvirtContent } from '../model/specs.ts';
import { findDevice } from './devices.ts';
import { libvirtWords, type Unsaid } from './libvirt-network.ts';
import type { HostFacts } from './realisation.ts';

/** The host's networks are to be in its libvirt, which does not answer. */
export const LIBVIRT_UNREACHABLE = 'libvirt-unreachable';

/** The host's networks in its libvirt, for hosts that say so. */
export interface RealisedLibvirt {
  wanted: AnyWanted[];
  problems: Problem[];
  unplanned: Id[];
}

export function realiseLibvirt(
  host: ResolvedHost,
  networks: readonly HostNetwork[],
  facts: HostFacts,
): RealisedLibvirt {
  const result: RealisedLibvirt = { wanted: [], problems: [], unplanned: [] };
  if (host.libvirt?.networks !== true) return result;
  const { libvirt } = facts.state;
  const why = libvirt === undefined ? null : libvirt.unavailable;
  if (libvirt === undefined || why !== null) {
    for (const { name } of networks) result.unplanned.push(...idsOf(name));
    result.problems.push(why === null ? notInSandbox(host) : unreachable(host, why));
    return result;
  }
  const standing = new Set(libvirt.networks.map(({ name }) => name));
  for (const network of networks) {
    const { content, unsaid } = libvirtWords(network, (reference) => {
      const found = findDevice(reference, host, facts.links);
      return 'link' in found ? { name: found.link.name } : found;
    });
    const lacks = unsaid.some(({ code }) => code === 'libvirt-device-unknown');
    // A NIC that is away for a while, or that shows a guest's MAC, is not taken out of a network that stands.
    if (lacks && standing.has(network.name)) result.unplanned.push(...idsOf(network.name));
    else if (content !== null) result.wanted.push(...wantedNetwork(network, content));
    result.problems.push(...unsaid.filter(({ weighs }) => weighs).map(warning));
  }
  return result;
}

function wantedNetwork(network: HostNetwork, content: LibvirtContent): AnyWanted[] {
  const { name } = network;
  const common = {
    name,
    owner: networkOwner(name),
    source: network.at([]),
    guests: [],
    network: name,
    expects: [],
    adopt: false,
  };
  const [definition, active] = idsOf(name);
  const defined: Wanted<'libvirt-network'> = {
    ...common,
    kind: 'libvirt-network',
    id: definition,
    spec: { ...content, autostart: true },
    needs: [],
  };
  const started: Wanted<'libvirt-active'> = {
    ...common,
    kind: 'libvirt-active',
    id: active,
    spec: content,
    needs: [{ id: definition, incarnation: false }],
  };
  return [defined, started];
}

function idsOf(name: string): [Id, Id] {
  return [idOf('libvirt-network', name), idOf('libvirt-active', name)];
}

function warning({ code, message, source }: Unsaid): Problem {
  return { code, severity: 'warning', message, source };
}

function unreachable(host: ResolvedHost, why: string): Problem {
  return {
    code: LIBVIRT_UNREACHABLE,
    severity: 'error',
    message: `${host.name} is to have its networks in libvirt, which does not answer: ${why}`,
    source: host.document.at(['spec', 'libvirt']),
    found: why,
    hint: 'start it (systemctl start libvirtd), install it (packages libvirt-daemon-system and libvirt-clients), or set LIBVIRT_DEFAULT_URI; all else is done meanwhile',
  };
}

function notInSandbox(host: ResolvedHost): Problem {
  return {
    code: SANDBOX_SKIPPED,
    severity: 'warning',
    message: 'the networks in libvirt are skipped here: a sandbox has none',
    source: host.document.at(['spec', 'libvirt']),
  };
}
