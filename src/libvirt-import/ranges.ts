import {
  addressBlock,
  addressValue,
  type Block,
  familyOf,
  firstAddress,
  lastAddress,
  prefixBlock,
  rangeBlock,
} from '../model/ip.ts';
import { compareText } from '../model/order.ts';

/** Ranges for DHCP as sets of addresses, written `10.20.0.100-10.20.0.199`. */

/** The most that a subnet's documents list. */
const MOST = 64;

/** What is in some range and is none of these addresses, in order, as few ranges as there can be. */
export function rangesWithout(ranges: readonly string[], addresses: Iterable<string>): string[] {
  const holes = new Set([...addresses].map(addressKey));
  const pieces = joined(ranges.flatMap(blockOf)).flatMap((block) => cut(block, holes));
  return pieces.map((piece) => `${firstAddress(piece)}-${lastAddress(piece)}`);
}

/** The largest that a document can list, in order; and how many there are besides. */
export function listable(ranges: readonly string[]): { listed: string[]; left: number } {
  if (ranges.length <= MOST) return { listed: [...ranges], left: 0 };
  const sizes = new Map(
    ranges.flatMap((text) => blockOf(text).map(({ first, last }) => [text, last - first])),
  );
  const kept = [...ranges]
    .sort((a, b) => Number((sizes.get(b) ?? 0n) - (sizes.get(a) ?? 0n)) || compareText(a, b))
    .slice(0, MOST);
  return { listed: ranges.filter((range) => kept.includes(range)), left: ranges.length - MOST };
}

/** Addresses of a subnet that no host can have: its own, of IPv4 the broadcast address (RFC 4291 2.6.1, RFC 919). */
export function unusable(subnet: string): string[] {
  const block = prefixBlock(subnet);
  return block.family === 4 ? [firstAddress(block), lastAddress(block)] : [firstAddress(block)];
}

function blockOf(text: string): Block[] {
  const [first = '', last = first] = text.split('-');
  const block = rangeBlock({ first, last });
  return block === null ? [] : [block];
}

function addressKey(address: string): string {
  return `${familyOf(address)} ${addressValue(address)}`;
}

function joined(blocks: Block[]): Block[] {
  const result: Block[] = [];
  for (const block of blocks.sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : 1))) {
    const before = result.at(-1);
    if (before?.family === block.family && block.first <= before.last + 1n) {
      if (block.last > before.last) before.last = block.last;
    } else result.push({ ...block });
  }
  return result;
}

function cut({ family, first, last }: Block, holes: ReadonlySet<string>): Block[] {
  const inside = [...holes]
    .filter((hole) => hole.startsWith(`${family} `))
    .map((hole) => BigInt(hole.slice(2)))
    .filter((value) => first <= value && value <= last)
    .sort((a, b) => (a < b ? -1 : 1));
  const pieces: Block[] = [];
  let from = first;
  for (const hole of inside) {
    if (from < hole) pieces.push({ family, first: from, last: hole - 1n });
    from = hole + 1n;
  }
  if (from <= last) pieces.push({ family, first: from, last });
  return pieces;
}

/** Whether two texts are one address. */
export function isSameAddress(a: string, b: string): boolean {
  const [x, y] = [addressBlock(a), addressBlock(b)];
  return x.family === y.family && x.first === y.first;
}
