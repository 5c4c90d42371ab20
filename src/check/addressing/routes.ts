import type { Document } from '../../desired/fleet.ts';
import { addressBlock, contains, normalPrefix, overlap, prefixBlock } from '../../model/ip.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding, placeText } from '../problems.ts';
import { type CheckedSubnet, reservedAddress, subnetsOf } from './subnets-of.ts';

/** Routes of a network lead out of it by one of its hosts, and no two to the same place. */
export function routes({ fleet }: CheckContext): Problem[] {
  return [...fleet.networks.values()].flatMap((network) => {
    const all = subnetsOf(network);
    const destinations = new Map<string, { index: number; route: number }>();
    return all.flatMap((subnet) =>
      (subnet.written.routes ?? []).flatMap(({ to, via, metric }, route) => {
        const path = ['spec', 'addressing', subnet.index, 'routes', route];
        const key = `${normalPrefix(to)} ${metric}`;
        const twin = destinations.get(key);
        if (twin === undefined) destinations.set(key, { index: subnet.index, route });
        else {
          const place = placeText(network.at(['spec', 'addressing', twin.index, 'routes', twin.route]));
          const message = `network ${network.name} has two routes to ${to}`;
          const hint = `the other is at ${place}`;
          return [errorAt(network, [...path, 'to'], { code: 'duplicate-route', message, found: to, hint })];
        }
        return [
          ...destination(network, [...path, 'to'], to, subnet, all),
          ...nextHop(network, [...path, 'via'], via, subnet),
        ];
      }),
    );
  });
}

type Path = readonly (string | number)[];

function destination(
  network: Document<'Network'>,
  path: Path,
  to: string,
  subnet: CheckedSubnet,
  all: readonly CheckedSubnet[],
): Problem[] {
  const tell = (finding: Omit<Finding, 'found'>) => [errorAt(network, path, { ...finding, found: to })];
  const block = prefixBlock(to);
  const expected = `a prefix outside of network ${network.name}, of the family of ${subnet.written.subnet}`;
  if (block.family !== subnet.family) {
    return tell({
      code: 'bad-route',
      message: `the route to ${to} is of another family than its subnet`,
      expected,
    });
  }
  if (/\/0$/.test(to)) {
    const message = 'a route to everywhere would send the host itself by way of a guest';
    return tell({ code: 'bad-route', message, expected });
  }
  const own = all.find((one) => overlap(one.block, block));
  if (own === undefined) return [];
  const message = `the route to ${to} leads to the subnet ${own.written.subnet} of the network itself`;
  return tell({ code: 'bad-route', message, expected });
}

function nextHop(network: Document<'Network'>, path: Path, via: string, subnet: CheckedSubnet): Problem[] {
  const block = addressBlock(via);
  const expected = `the address of a guest or machine in ${subnet.written.subnet}`;
  const tell = (message: string) => [
    errorAt(network, path, { code: 'bad-route', message, found: via, expected }),
  ];
  if (!contains(subnet.block, block)) return tell(`${via} is not in the subnet ${subnet.written.subnet}`);
  if (block.first === subnet.gateway) return tell(`${via} is the gateway, which is the host itself`);
  const reserved = reservedAddress(subnet, block.first);
  return reserved === null ? [] : tell(`${via} is ${reserved}`);
}
