import { deviceIdentity } from '../desired/devices.ts';
import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import type { Path, Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, placeText } from './problems.ts';

interface Use {
  identity: string;
  device: string;
  network: HostNetwork;
  /** The bridge that it is an uplink of; null for a pool member. */
  bridge: string | null;
  path: Path;
}

/**
 * A link is the uplink of one bridge or a member of pools, never both: the kernel refuses a macvtap on a bridge's port
 * and a bridge's membership for a macvtap's parent (EBUSY).
 */
export function deviceRoles({ hosts }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const host of hosts.values()) {
    const first = new Map<string, Use>();
    const bridges = linuxBridges(host);
    for (const use of usesOf(host)) {
      const other = first.get(use.identity);
      if (other === undefined) first.set(use.identity, use);
      const message = conflict(host, use, other) ?? bridgeInBridge(host, bridges, use);
      if (message === null) continue;
      problems.push(
        errorAt(
          use.network.document,
          use.path,
          {
            code: 'device-conflict',
            message,
            found: use.device,
            expected: 'a device that nothing else uses',
            ...(other ? { hint: `the other is at ${placeText(other.network.document.at(other.path))}` } : {}),
          },
          [host.document],
        ),
      );
    }
  }
  return problems;
}

function conflict(host: ResolvedHost, use: Use, other: Use | undefined): string | null {
  const { device, bridge, network } = use;
  if (bridge !== null && use.identity === `name:${bridge}`) return `the bridge ${bridge} is its own uplink`;
  if (other === undefined) return null;
  if (bridge === other.bridge) {
    const sameList = network === other.network;
    return bridge !== null && sameList ? `${device} is an uplink of ${bridge} twice on ${host.name}` : null;
  }
  if (bridge === null)
    return `${device} is an uplink of ${other.bridge} on ${host.name}, and cannot be in a pool`;
  if (other.bridge === null)
    return `${device} is in the pool of ${other.network.name} on ${host.name}, and cannot be an uplink`;
  return `${device} is an uplink of two bridges on ${host.name}, ${other.bridge} and ${bridge}`;
}

/** A Linux bridge takes no other: br_add_if, net/bridge/br_if.c (ELOOP). `bridges` are networks by their Linux bridge. */
function bridgeInBridge(
  host: ResolvedHost,
  bridges: ReadonlyMap<string, string>,
  { identity, device, bridge, network }: Use,
): string | null {
  const inner = bridges.get(identity);
  if (bridge === null || network.entry.type !== 'bridge' || inner === undefined) return null;
  return `${device} is the bridge of ${inner} on ${host.name}, and cannot be an uplink of the bridge ${bridge}`;
}

/** By the identity of the link, as a reference to it has. */
function linuxBridges(host: ResolvedHost): Map<string, string> {
  const bridges = new Map<string, string>();
  for (const { name, entry } of host.networks.values()) {
    if (entry.type === 'bridge') bridges.set(`name:${entry.bridge}`, name);
  }
  return bridges;
}

function usesOf(host: ResolvedHost): Use[] {
  const uses: Use[] = [];
  for (const network of host.networks.values()) {
    const { name, entry } = network;
    const base = ['spec', 'networks', name];
    if (entry.type === 'direct') {
      for (const [index, { device }] of entry.pool.entries()) {
        const path = [...base, 'pool', index, 'device'];
        uses.push({ identity: deviceIdentity(host, device), device, network, bridge: null, path });
      }
    } else if (entry.type !== 'virtual' && entry.manage === true) {
      for (const [index, device] of (entry.uplinks ?? []).entries()) {
        const path = [...base, 'uplinks', index];
        uses.push({ identity: deviceIdentity(host, device), device, network, bridge: entry.bridge, path });
      }
    }
  }
  return uses;
}
