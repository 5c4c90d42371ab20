import { isAlias, isScalar, type Pair, type ParsedNode, type YAMLMap } from 'yaml';

/** A key of a mapping with its value, and where both stand in the text. */
export interface PlacedPair {
  /** In the order of the mapping. */
  index: number;
  key: { start: number; end: number; quoted: boolean };
  value: { start: number; end: number; quote: '"' | "'" | null };
}

export type PlacedMap = YAMLMap.Parsed;

/** The pair of a key that is plain text; null where there is none or its value is no single word. */
export function pairOf(map: PlacedMap, name: string): PlacedPair | null {
  const index = map.items.findIndex(({ key }) => isScalar(key) && key.value === name);
  const pair = map.items[index];
  return pair === undefined ? null : placed(pair, index);
}

/** The end of each pair's value or, where it has none, of its key. */
export function endOf({ key, value }: Pair<ParsedNode, ParsedNode | null>): number {
  return (value ?? key).range[1];
}

function placed({ key, value }: Pair<ParsedNode, ParsedNode | null>, index: number): PlacedPair | null {
  if (!isScalar(key) || value === null || !(isScalar(value) || isAlias(value))) return null;
  const [start, end] = value.range;
  const quote = !isScalar(value)
    ? null
    : value.type === 'QUOTE_DOUBLE'
      ? '"'
      : value.type === 'QUOTE_SINGLE'
        ? "'"
        : null;
  return {
    index,
    key: { start: key.range[0], end: key.range[1], quoted: key.type === 'QUOTE_DOUBLE' },
    value: { start, end, quote },
  };
}
