import type { Line, Medium } from './line.ts';
import { span } from './line.ts';

/** Things that are told for one cause: those that are shown, and what is said of the others. */
export interface Cause<T> {
  shown: readonly T[];
  more: readonly Line[];
}

/** What is alike by its key together, each group where its first stood. */
export function groupAlike<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** How many of `total` things that are alike are shown: a line that says "and 2 more" is no shorter than the two. */
export function shownOf(total: number, most: number): number {
  return total <= most + 2 ? total : most;
}

/** So many things with one cause are shown. */
const SHOWN = 10;

/** `moreOf` says of those that are left out how many they are, and who. */
export function foldCause<T>(
  alike: readonly T[],
  moreOf: (hidden: readonly T[]) => readonly Line[],
): Cause<T> {
  const shown = shownOf(alike.length, SHOWN);
  return { shown: alike.slice(0, shown), more: shown === alike.length ? [] : moreOf(alike.slice(shown)) };
}

/** What a list leaves out. */
export function moreLine(more: number, medium: Medium, how = 'like these (-o json lists all)'): Line {
  return [span(`    … and ${more} more ${how}`, medium, 'dim')];
}

/** How one thing is told: itself, and the text of what would cure it, empty for nothing, as lines. */
export interface Telling<T> {
  own(one: T): readonly Line[];
  cureOf(one: T): string;
  cureLines(cure: string): readonly Line[];
}

/** All that is shown, with what would cure a whole list said once, below its last line. */
export function causeLines<T>(causes: readonly Cause<T>[], telling: Telling<T>): Line[] {
  const told = causes.flatMap(({ shown, more }) =>
    shown.map((one, i) => ({
      one,
      cure: telling.cureOf(one),
      more: i === shown.length - 1 ? more : [],
    })),
  );
  return told.flatMap(({ one, cure, more }, i): readonly Line[] => {
    const [last, next] = [told[i - 1]?.cure, told[i + 1]?.cure];
    const own = telling.own(one);
    const below = cure === '' || cure === next ? [] : telling.cureLines(cure);
    // What holds for those that are left out too stands below them.
    return cure === last ? [...own, ...more, ...below] : [...own, ...below, ...more];
  });
}

/**
 * `text` without what differs between things that have one cause: their names, addresses and numbers. A number within
 * a word tells br0 from br1.
 */
export function withoutNames(text: string, names: readonly string[]): string {
  let rest = text;
  for (const name of names) if (name !== '') rest = rest.replaceAll(name, '*');
  rest = rest.replace(/(?:[\da-f]{2}:){5}[\da-f]{2}/g, '#');
  return rest.replace(/(?<![\w.*-])\d+(?:\.\d+){0,3}(?![\w*-]|\.\w)/g, '#');
}
