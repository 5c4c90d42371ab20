import type { Document, HostNetwork, ResolvedHost } from '../../desired/fleet.ts';
import { isIsland, serveSettings } from '../../desired/serve-settings.ts';
import { servedRanges } from '../../desired/servings.ts';
import { type Block, firstAddress, lastAddress, overlap, rangeBlock } from '../../model/ip.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, placeText } from '../problems.ts';

interface Server {
  host: ResolvedHost;
  entry: HostNetwork;
  /** One of what it hands out. */
  block: Block;
}

/** Where several hosts serve one segment, no two of them hand out the same address. */
export function sharedRanges({ fleet, hosts }: CheckContext): Problem[] {
  return [...fleet.networks.values()].flatMap((network) =>
    overlaps(
      network,
      [...hosts.values()].flatMap((host) => serversOf(host, network)),
    ),
  );
}

function overlaps(network: Document<'Network'>, servers: Server[]): Problem[] {
  const problems: Problem[] = [];
  const told = new Set<ResolvedHost>();
  // In the order of first addresses, what reaches furthest is what the next one overlaps, if any.
  servers.sort((a, b) => a.block.family - b.block.family || (a.block.first < b.block.first ? -1 : 1));
  let furthest: Server | null = null;
  for (const server of servers) {
    if (furthest === null || !overlap(furthest.block, server.block)) {
      furthest = server;
      continue;
    }
    if (furthest.host !== server.host && !told.has(server.host)) {
      problems.push(conflict(network, furthest, server));
      told.add(furthest.host).add(server.host);
    }
    if (furthest.block.last < server.block.last) furthest = server;
  }
  return problems;
}

function serversOf(host: ResolvedHost, network: Document<'Network'>): Server[] {
  const entry = host.networks.get(network.name);
  if (entry === undefined || isIsland(entry.entry)) return [];
  const settings = serveSettings(entry.entry);
  if (settings === null) return [];
  return (network.spec.addressing ?? []).flatMap((subnet) =>
    servedRanges(subnet, settings).flatMap((range) => {
      const block = rangeBlock(range);
      return block === null ? [] : [{ host, entry, block }];
    }),
  );
}

function conflict(network: Document<'Network'>, a: Server, b: Server): Problem {
  const [first, second] = a.host.name < b.host.name ? [a, b] : [b, a];
  return errorAt(
    second.entry.document,
    ['spec', 'networks', network.name, 'serve'],
    {
      code: 'shared-ranges-overlap',
      message: `the hosts ${first.host.name} and ${second.host.name} both serve ${network.name}, and hand out the same addresses`,
      found: `${firstAddress(second.block)}-${lastAddress(second.block)}`,
      expected: 'a range of its own for each host: serve: { ranges: [10.20.0.100-10.20.0.149] }',
      hint: `the other is at ${placeText(first.entry.at(['serve']))}`,
    },
    [first.host.document, second.host.document],
  );
}
