/** A piece of a text, from `start` to before `end`, and what is to stand in its place. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** Puts all of them in; they do not overlap. */
export function splice(text: string, splices: readonly Splice[]): string {
  let result = text;
  for (const { start, end, text: piece } of splices.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    result = result.slice(0, start) + piece + result.slice(end);
  }
  return result;
}

/** Where the line of this place begins. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** Behind the end of the line of this place, its line break included; `broken` is false on a last line without one. */
export function lineEnd(text: string, at: number): { end: number; broken: boolean } {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? { end: text.length, broken: false } : { end: newline + 1, broken: true };
}

/** The line break that the text has here, or at its beginning. */
export function lineBreak(text: string, at: number): string {
  const here = text.indexOf('\n', at);
  const one = here < 0 ? text.indexOf('\n') : here;
  return one > 0 && text[one - 1] === '\r' ? '\r\n' : '\n';
}
