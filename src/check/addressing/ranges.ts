import type { Document } from '../../desired/fleet.ts';
import { rangeOf } from '../../desired/serve-settings.ts';
import { type Block, contains, overlap, rangeBlock, sizeOf } from '../../model/ip.ts';
import type { Path, Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding, type Named } from '../problems.ts';
import { type CheckedSubnet, reservedAddress, subnetsOf, subnetTexts } from './subnets-of.ts';

/** Ranges for DHCP lie in their subnet, apart from one another, from the gateway and from what no host can have. */
export function ranges({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const network of fleet.networks.values()) {
    for (const subnet of subnetsOf(network)) {
      const path = ['spec', 'addressing', subnet.index, 'dhcp', 'ranges'];
      problems.push(...rangeProblems(network, path, subnet.written.dhcp?.ranges ?? [], [subnet]));
    }
  }
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [name, entry] of Object.entries(document.spec.networks ?? {})) {
      const network = fleet.networks.get(name);
      if (network === undefined || entry.type === 'virtual' || typeof entry.serve !== 'object') continue;
      const path = ['spec', 'networks', name, 'serve', 'ranges'];
      problems.push(...rangeProblems(document, path, entry.serve.ranges ?? [], subnetsOf(network)));
    }
  }
  return problems;
}

/** A range that can be held against others, and what is wrong with it by itself. */
function rangeProblems(
  document: Document<'Network'> | Document<'Host'> | Document<'HostClass'>,
  path: Path,
  texts: readonly string[],
  subnets: readonly CheckedSubnet[],
): Problem[] {
  const before: { text: string; block: Block }[] = [];
  return texts.flatMap((text, index) => {
    const finding = checked(text, subnets, before);
    return finding === null ? [] : [tell(document, [...path, index], text, finding)];
  });
}

function tell(document: Named & Pick<Document, 'at'>, path: Path, found: string, finding: Finding): Problem {
  return errorAt(document, path, { ...finding, found });
}

/** libvirt's bound: each address can become a lease that dnsmasq keeps in memory, whoever asks for it. */
const MAX_ADDRESSES = 65_536n;

function checked(
  text: string,
  subnets: readonly CheckedSubnet[],
  before: { text: string; block: Block }[],
): Finding | null {
  const block = rangeBlock(rangeOf(text));
  if (block === null) {
    const message = `the range ${text} goes from its first to its last address in no family`;
    return { code: 'bad-range', message, expected: 'the lower address first, both of one family' };
  }
  const subnet = subnets.find((one) => contains(one.block, block));
  if (subnet === undefined) {
    const message = `the range ${text} is not in ${subnetTexts(subnets)}`;
    return { code: 'range-outside-subnet', message, expected: `both ends in ${subnetTexts(subnets)}` };
  }
  if (subnet.written.dhcp === undefined) {
    const message = `the range ${text} is in ${subnet.written.subnet}, which has no DHCP`;
    return { code: 'range-without-dhcp', message, expected: 'dhcp: {} beside that subnet' };
  }
  const twin = before.find((other) => overlap(other.block, block));
  before.push({ text, block });
  if (twin !== undefined) {
    const message = `the ranges ${twin.text} and ${text} overlap`;
    return { code: 'range-overlap', message, expected: 'ranges that have no address in common' };
  }
  const held = heldBack(subnet, block);
  if (held !== null) {
    const message = `the range ${text} holds ${held}`;
    return { code: 'range-holds-address', message, expected: 'addresses that nobody has yet' };
  }
  if (block.family === 4 && sizeOf(block) > MAX_ADDRESSES) {
    const message = `the range ${text} has ${sizeOf(block)} addresses`;
    return { code: 'range-too-large', message, expected: `at most ${MAX_ADDRESSES}` };
  }
  return null;
}

function heldBack(subnet: CheckedSubnet, block: Block): string | null {
  const { gateway } = subnet;
  if (gateway !== null && block.first <= gateway && gateway <= block.last) {
    return `the gateway ${subnet.written.gateway}`;
  }
  return reservedAddress(subnet, block.first) ?? reservedAddress(subnet, block.last);
}
