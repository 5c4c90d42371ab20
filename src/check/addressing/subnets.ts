import type { Document } from '../../desired/fleet.ts';
import { IPV6_MIN_MTU, overlap, prefixBlock } from '../../model/ip.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, placeText } from '../problems.ts';
import { type CheckedSubnet, subnetsOf } from './subnets-of.ts';

/** The subnets of a network have room, are of addresses that hosts can have, and do not overlap. */
export function subnets({ fleet }: CheckContext): Problem[] {
  return [...fleet.networks.values()].flatMap((network) => {
    const all = subnetsOf(network);
    return [
      ...mtuTooSmall(network, all),
      ...all.flatMap((subnet) => [
        ...unusable(network, subnet),
        ...tooSmall(network, subnet),
        ...overlapping(network, subnet, all.slice(0, subnet.index)),
      ]),
    ];
  });
}

/** RFC 6890: this network, loopback, link-local, multicast with all above it; the low IPv6 ones with IPv4 in them. */
const UNUSABLE = [
  ['0.0.0.0/8', 'stands for "this network"'],
  ['127.0.0.0/8', "is each host's own"],
  ['169.254.0.0/16', 'is of link-local addresses'],
  ['224.0.0.0/3', 'is of multicast and reserved addresses'],
  ['::/8', 'is reserved'],
  ['fe80::/10', 'is of link-local addresses, which every link has by itself'],
  ['ff00::/8', 'is of multicast addresses'],
] as const;

function unusable(network: Document<'Network'>, { block, index, written }: CheckedSubnet): Problem[] {
  const reserved = UNUSABLE.find(([prefix]) => overlap(prefixBlock(prefix), block));
  if (reserved === undefined) return [];
  return [
    errorAt(network, ['spec', 'addressing', index, 'subnet'], {
      code: 'unusable-subnet',
      message: `the subnet ${written.subnet} is in ${reserved[0]}, which ${reserved[1]}`,
      found: written.subnet,
      expected: 'addresses of hosts, such as 10.20.0.0/24 or fd00:20::/64',
    }),
  ];
}

/** Below these lengths there is room for a gateway and a guest beside the addresses that nobody can have. */
const LONGEST = { 4: 30, 6: 126 } as const;

function tooSmall(
  network: Document<'Network'>,
  { family, length, index, written }: CheckedSubnet,
): Problem[] {
  if (length <= LONGEST[family]) return [];
  return [
    errorAt(network, ['spec', 'addressing', index, 'subnet'], {
      code: 'subnet-too-small',
      message: `the subnet ${written.subnet} has no room for a gateway and a guest`,
      found: `/${length}`,
      expected: `at most /${LONGEST[family]}`,
    }),
  ];
}

/** The kernel has no IPv6 on a link with such an MTU: neither the host on the one by which it serves, nor a guest. */
function mtuTooSmall(network: Document<'Network'>, subnets: readonly CheckedSubnet[]): Problem[] {
  const { mtu } = network.spec;
  const subnet = subnets.find(({ family }) => family === 6);
  if (subnet === undefined || mtu === undefined || mtu >= IPV6_MIN_MTU) return [];
  return [
    errorAt(network, ['spec', 'mtu'], {
      code: 'mtu-too-small',
      message: `network ${network.name} has the IPv6 subnet ${subnet.written.subnet}, and links with an MTU of ${mtu} have no IPv6`,
      found: `${mtu}`,
      expected: `at least ${IPV6_MIN_MTU}`,
    }),
  ];
}

function overlapping(
  network: Document<'Network'>,
  subnet: CheckedSubnet,
  before: readonly CheckedSubnet[],
): Problem[] {
  const other = before.find(({ block }) => overlap(block, subnet.block));
  if (other === undefined) return [];
  const place = placeText(network.at(['spec', 'addressing', other.index, 'subnet']));
  return [
    errorAt(network, ['spec', 'addressing', subnet.index, 'subnet'], {
      code: 'subnet-overlap',
      message: `the subnets ${other.written.subnet} and ${subnet.written.subnet} of network ${network.name} overlap`,
      found: subnet.written.subnet,
      expected: 'subnets that have no address in common',
      hint: `the other is at ${place}`,
    }),
  ];
}
