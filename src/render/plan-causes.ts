import type { Line, Medium } from './line.ts';
import { likeness, moreLine } from './plan-networks.ts';
import { type Row, touchedGuests } from './plan-rows.ts';
import type { Cause } from './plan-table.ts';
import { listNames } from './plan-words.ts';

/** So many things with one cause are shown; a line that says "and 2 more" is no shorter than the two. */
const SHOWN = 10;
const SPARED = 2;
/** Guests that are named where their rows are not. */
const NAMED = 5;

/** Rows by what they have in common, in the order of each cause's first row. */
export function causesOf(rows: readonly Row[], medium: Medium): Cause[] {
  return groupAlike(rows, causeOf).map((alike): Cause => {
    const { shown, hidden } = fold(alike);
    return { shown, more: hidden.length === 0 ? null : othersLine(hidden, medium) };
  });
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

export function fold<T>(alike: readonly T[]): { shown: readonly T[]; hidden: readonly T[] } {
  const most = alike.length <= SHOWN + SPARED ? alike.length : SHOWN;
  return { shown: alike.slice(0, most), hidden: alike.slice(most) };
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

function causeOf(row: Row): string {
  const { change, outcome, own } = row;
  const { gate, impact, name } = change;
  const why =
    gate.is === 'blocked' || gate.is === 'taken'
      ? gate.why
      : gate.is === 'held' && gate.held?.is === 'unknown'
        ? gate.held.why
        : '';
  // The longest first: a device is named after its guest.
  const names = [name, own?.guest ?? ''];
  const words = withoutNames(`${why} ${outcome?.message ?? ''}`, names);
  return [likeness(row), impact, gate.is, words].join('|');
}

/** `… and 990 more for the same reason: web11, web12 and 988 more (-o json lists all)` */
function othersLine(hidden: readonly Row[], medium: Medium): Line {
  const guests = new Set(hidden.flatMap(({ change }) => touchedGuests(change)));
  const whose = guests.size === 0 ? '' : `: ${listNames([...guests], NAMED)}`;
  return moreLine(hidden.length, medium, `for the same reason${whose} (-o json lists all)`);
}
