import { lineBreak, lineEnd, lineStart, type Splice } from './splice.ts';
import { endOf, type PlacedMap, type PlacedPair } from './yaml-pair.ts';
import { yamlWord } from './yaml-word.ts';

/** Puts another word in the place of a value, in the quotes that it has. */
export function replaceValue(text: string, { value }: PlacedPair, word: string): Splice {
  const { start, end, quote } = value;
  // A block scalar ends with its line.
  const after = text[end - 1] === '\n' ? lineBreak(text, end - 1) : '';
  return { start, end, text: yamlWord(word, quote) + after };
}

/** A new pair right behind another: on a line of its own, or in the same line of a flow mapping. null: it has no place. */
export function insertAfter(
  text: string,
  map: PlacedMap,
  before: PlacedPair,
  name: string,
  word: string,
): Splice | null {
  const { key, value } = before;
  const quote = key.quoted ? '"' : null;
  const written = (colon: string) => `${yamlWord(name, quote)}${colon}${yamlWord(word, quote)}`;
  if (map.flow) {
    const between = text.slice(key.end, value.start);
    const colon = key.quoted && between === ':' ? ':' : ': ';
    const gap = /^,[^\s]/.test(text.slice(value.end, value.end + 2)) ? ',' : ', ';
    return { start: value.end, end: value.end, text: `${gap}${written(colon)}` };
  }
  const indent = text.slice(lineStart(text, key.start), key.start);
  if (!/^ *$/.test(indent)) return null;
  const line = indent + written(': ');
  if (text[value.end - 1] === '\n') {
    return { start: value.end, end: value.end, text: line + lineBreak(text, value.end - 1) };
  }
  const { end, broken } = lineEnd(text, value.end);
  const eol = lineBreak(text, value.end);
  return { start: end, end, text: broken ? line + eol : eol + line };
}

/** Takes a pair out, with its line where it has one of its own. null: it cannot be told what goes with it. */
export function removePair(text: string, map: PlacedMap, pair: PlacedPair): Splice | null {
  return map.flow ? removeFromFlow(text, map, pair) : removeLines(text, pair);
}

function removeLines(text: string, { key, value }: PlacedPair): Splice | null {
  const start = lineStart(text, key.start);
  if (!/^ *$/.test(text.slice(start, key.start))) return null;
  if (text[value.end - 1] === '\n') return { start, end: value.end, text: '' };
  const { end, broken } = lineEnd(text, value.end);
  if (broken || start === 0) return { start, end, text: '' };
  // The last line had no break, so the one before it is to have none.
  return { start: start - lineBreak(text, start - 1).length, end, text: '' };
}

function removeFromFlow(text: string, map: PlacedMap, { index, key, value }: PlacedPair): Splice | null {
  const before = map.items[index - 1];
  const after = /^[ \t]*,[ \t]*/.exec(text.slice(value.end))?.[0] ?? '';
  const from = before === undefined ? null : endOf(before);
  const between = from === null ? null : text.slice(from, key.start);
  if (from !== null && between !== null) {
    const sameLine = /^[ \t]*,[ \t]*$/.test(between);
    if (sameLine || (after === '' && /^\s*,\s*$/.test(between)))
      return { start: from, end: value.end, text: '' };
  }
  const start = lineStart(text, key.start);
  const { end } = lineEnd(text, value.end);
  const alone =
    /^[ \t]*$/.test(text.slice(start, key.start)) &&
    /^(#.*)?\r?\n$/.test(text.slice(value.end + after.length, end));
  if (alone) return { start, end, text: '' };
  return before === undefined && after !== ''
    ? { start: key.start, end: value.end + after.length, text: '' }
    : null;
}
