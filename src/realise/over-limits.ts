import type { HostNetwork } from '../desired/fleet.ts';
import type { PoolUse } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';

type Use = Pick<PoolUse, 'link' | 'used' | 'capacity'> & { reference: string };

/**
 * Devices with more guests than they may have, each once: a limit that was lowered moves nobody (invariant 5). `limits`
 * are the devices' own over all networks, by link name.
 */
export function overLimits(
  networks: readonly { network: HostNetwork }[],
  uses: ReadonlyMap<string, readonly Use[]>,
  limits: ReadonlyMap<string, number>,
): Problem[] {
  const problems = new Map<string, Problem>();
  const totals = new Map<string, number>();
  const report = (network: HostNetwork, link: string, found: number, limit: number, place: number) => {
    if (found <= limit || problems.has(link)) return;
    problems.set(link, {
      code: 'pool-over-limit',
      severity: 'warning',
      message: `network ${network.name}: ${link} has ${found} guests, ${found - limit} more than its limit of ${limit}`,
      source: network.at(['pool', place, 'device']),
      hint: `each stays on the device that it has; to move one, stop it, delete its macvtap (ip link del dev NAME) and apply: it is made on a device that has room`,
    });
  };
  for (const { network } of networks) {
    if (network.entry.type !== 'direct') continue;
    for (const { reference, link, used, capacity } of uses.get(network.name) ?? []) {
      if (link === null) continue;
      const place = network.entry.pool.findIndex(({ device }) => device === reference);
      const total = (totals.get(link) ?? 0) + used;
      totals.set(link, total);
      report(network, link, used, capacity ?? used, place);
      report(network, link, total, limits.get(link) ?? total, place);
    }
  }
  return [...problems.values()];
}
