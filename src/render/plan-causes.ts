import { type Cause, foldCause, groupAlike, moreLine, withoutNames } from './fold.ts';
import type { Line, Medium } from './line.ts';
import { wrapLine } from './line.ts';
import { likeness } from './plan-networks.ts';
import { type Row, touchedGuests } from './plan-rows.ts';
import { INDENT } from './plan-table.ts';
import { listNames } from './plan-words.ts';

/** Guests that are named where their rows are not. */
const NAMED = 5;

/** Rows by what they have in common, in the order of each cause's first row. */
export function causesOf(rows: readonly Row[], medium: Medium): Cause<Row>[] {
  return groupAlike(rows, causeOf).map((alike) => foldCause(alike, (hidden) => othersLines(hidden, medium)));
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
function othersLines(hidden: readonly Row[], medium: Medium): Line[] {
  const guests = new Set(hidden.flatMap(({ change }) => touchedGuests(change)));
  const whose = guests.size === 0 ? '' : `: ${listNames([...guests], NAMED)}`;
  const line = moreLine(hidden.length, medium, `for the same reason${whose} (-o json lists all)`);
  return wrapLine(line, medium, INDENT);
}
