import { printable } from './printable.ts';

/** How a piece of text looks. The words alone must tell the same story: colour is only ever a second sign. */
export type Look = 'plain' | 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'accent' | 'warnBold' | 'badBold';

/** ECMA-48 SGR parameters. */
const SGR: Record<Exclude<Look, 'plain'>, string> = {
  bold: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '31',
  accent: '36',
  warnBold: '1;33',
  badBold: '1;31',
};

/** A piece of a line, safe for a terminal and as wide as it is long. */
export interface Span {
  text: string;
  look: Look;
}
export type Line = readonly Span[];

/** What the terminal can show. */
export interface Medium {
  color: boolean;
  unicode: boolean;
  /** Columns; Infinity where nothing needs to be cut. */
  width: number;
}

/** The only way from text to a line: whatever its origin, it is escaped here. */
export function span(text: string, medium: Medium, look: Look = 'plain'): Span {
  return { text: printable(medium.unicode ? text : plainGlyphs(text), medium.unicode), look };
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

/** `line` with spaces up to `width`. */
export function padLine(line: Line, width: number): Line {
  const missing = width - widthOf(line);
  return missing > 0 ? [...line, { text: ' '.repeat(missing), look: 'plain' }] : line;
}

/** `line` within the medium's width, with an ellipsis where something is left out. */
export function cutLine(line: Line, medium: Medium): Line {
  if (widthOf(line) <= medium.width) return line;
  const ellipsis = medium.unicode ? '…' : '...';
  let room = Math.max(0, medium.width - ellipsis.length);
  const kept: Span[] = [];
  for (const piece of line) {
    if (piece.text.length >= room) {
      // Half of a surrogate pair is no character.
      const head = piece.text.slice(0, room).replace(/[\ud800-\udbff]$/, '');
      kept.push({ text: head.trimEnd() + ellipsis, look: piece.look });
      break;
    }
    kept.push(piece);
    room -= piece.text.length;
  }
  return kept;
}

/** Spaces, or a word; what was and what will be are one. */
const WORDS = / +|[^ ]+(?: (?:→|->) [^ ]+)*/g;

/**
 * `line` in lines within the medium's width, broken between words; each but the first begins with `indent` spaces. A
 * word that is wider than that keeps whole, for half a name or command misleads.
 */
export function wrapLine(line: Line, medium: Medium, indent: number): Line[] {
  if (widthOf(line) <= medium.width) return [line];
  const lines: Span[][] = [[]];
  let width = 0;
  // The first line's own indent counts for nothing: a word that follows it stays there.
  let empty = true;
  for (const { text, look } of line) {
    for (const [token] of text.matchAll(WORDS)) {
      const space = token.startsWith(' ');
      if (!space && !empty && width + token.length > medium.width) {
        lines.push([{ text: ' '.repeat(indent), look: 'plain' }]);
        width = indent;
      }
      // Where a line was broken, the space goes.
      if (space && lines.length > 1 && width === indent) continue;
      lines.at(-1)?.push({ text: token, look });
      width += token.length;
      empty &&= space;
    }
  }
  return lines.map(joinSpans);
}

/** Neighbours of one look as one piece: fewer colour codes. */
function joinSpans(spans: readonly Span[]): Line {
  const joined: Span[] = [];
  for (const piece of spans) {
    const last = joined.at(-1);
    if (last?.look === piece.look) last.text += piece.text;
    else joined.push({ ...piece });
  }
  return joined;
}

/** The text of a line, without spaces at its end. */
export function paintLine(line: Line, color: boolean): string {
  const end = line.findLastIndex(({ text }) => text.trim() !== '');
  return line
    .slice(0, end + 1)
    .map(({ text, look }, i) => {
      const shown = i === end ? text.trimEnd() : text;
      return color && look !== 'plain' && shown.trim() !== '' ? `\x1b[${SGR[look]}m${shown}\x1b[0m` : shown;
    })
    .join('');
}

/** Our own typography for terminals that know ASCII only. */
function plainGlyphs(text: string): string {
  return text
    .replaceAll('→', '->')
    .replaceAll('…', '...')
    .replaceAll('·', '-')
    .replaceAll('±', '-+')
    .replaceAll('’', "'");
}
