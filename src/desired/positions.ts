import type { Path } from '../model/problem.ts';

/**
 * Where a document's keys stand, as one short string: warm loads keep it unread until somebody asks for a place.
 *
 * Places follow the document's value in preorder (a mapping's keys in the order of Object.keys, which JSON keeps):
 * first the document's own, then one for each key and each list item. Each is `<lines since the last>,<column>`, in
 * base 36, separated by spaces.
 */
export interface Place {
  line: number;
  column: number;
  /** Places of what is below, by key or index. */
  below: Map<string | number, Place> | null;
  /** A number, or true or false, as it is written; known only while the text is at hand. */
  written?: string;
}

/** `value` is what `place` describes. */
export function encodePositions(value: unknown, place: Place): string {
  const parts: string[] = [];
  let lastLine = 0;
  const visit = (node: unknown, at: Place): void => {
    parts.push(`${(at.line - lastLine).toString(36)},${at.column.toString(36)}`);
    lastLine = at.line;
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node))
      for (const [index, item] of node.entries()) visit(item, at.below?.get(index) ?? at);
    else for (const [key, child] of Object.entries(node)) visit(child, at.below?.get(key) ?? at);
  };
  visit(value, place);
  return parts.join(' ');
}

/** The reverse of `encodePositions`. Text that does not fit the value gives line 1, column 1. */
export function decodePositions(value: unknown, text: string): Place {
  const parts = text.split(' ');
  let next = 0;
  let lastLine = 0;
  const visit = (node: unknown): Place => {
    const [lines = '', column = ''] = (parts[next++] ?? '').split(',');
    lastLine += Number.parseInt(lines, 36) || 0;
    const place: Place = {
      line: Math.max(1, lastLine),
      column: Number.parseInt(column, 36) || 1,
      below: null,
    };
    const entries = entriesOf(node);
    if (entries.length > 0) place.below = new Map(entries.map(([key, child]) => [key, visit(child)]));
    return place;
  };
  return visit(value);
}

/** The place of `path`, or of its nearest parent that stands in the text. */
export function placeOf(root: Place, path: Path): Place {
  let place = root;
  for (const key of path) {
    const below = place.below?.get(key);
    if (below === undefined) break;
    place = below;
  }
  return place;
}

function entriesOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
