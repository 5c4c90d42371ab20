import type { HostNetwork, ResolvedHost } from '../../desired/fleet.ts';
import { serveSettings } from '../../desired/serve-settings.ts';
import { overlap } from '../../model/ip.ts';
import { compareText } from '../../model/order.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt } from '../problems.ts';
import { type CheckedSubnet, subnetsOf } from './subnets-of.ts';

/** The networks that a host serves have no address in common: it could not tell where such an address is. */
export function servedSubnets({ hosts }: CheckContext): Problem[] {
  return [...hosts.values()].flatMap(overlapsOn);
}

interface Served {
  network: HostNetwork;
  subnet: CheckedSubnet;
}

function overlapsOn(host: ResolvedHost): Problem[] {
  const served = [...host.networks.values()].flatMap((network) =>
    network.network === undefined || serveSettings(network.entry) === null
      ? []
      : subnetsOf(network.network).map((subnet) => ({ network, subnet })),
  );
  // Of two prefixes that overlap one holds the other: in this order it comes first, and all that it holds follow.
  served.sort(
    ({ subnet: a }, { subnet: b }) =>
      a.family - b.family || compareValues(a.block.first, b.block.first) || a.length - b.length,
  );
  const problems: Problem[] = [];
  let widest: Served | null = null;
  for (const one of served) {
    if (widest !== null && overlap(widest.subnet.block, one.subnet.block)) {
      // Of one network that is told of the network itself.
      if (widest.network !== one.network) problems.push(conflict(host, widest, one));
      continue;
    }
    widest = one;
  }
  return problems;
}

function conflict(host: ResolvedHost, a: Served, b: Served): Problem {
  const [first, second] = compareText(a.network.name, b.network.name) < 0 ? [a, b] : [b, a];
  const { network, subnet } = second;
  return errorAt(
    network.document,
    ['spec', 'networks', network.name],
    {
      code: 'served-subnets-overlap',
      message: `on ${host.name} the networks ${first.network.name} and ${network.name} have addresses in common, ${first.subnet.written.subnet} and ${subnet.written.subnet}`,
      found: subnet.written.subnet,
      expected: 'subnets that have no address in common',
      hint: 'give one of the networks another subnet, or serve it on another host',
    },
    [host.document],
  );
}

function compareValues(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
