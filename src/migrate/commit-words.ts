import { printable } from '../render/printable.ts';

/** The way of a guest, as a commit tells of it. */
export interface Way {
  guest: string;
  from: string;
  to: string;
}

/** Characters of a reason, which may be a host's own words. */
const REASON_MAX = 300;

export function announcing({ guest, from, to }: Way): string[] {
  return [
    `${guest} moves from ${from} to ${to}`,
    `Its devices are to be ready on both hosts while it moves. By plumbline migrate, which writes ${to} as its host when that is done, or takes this back.`,
  ];
}

export function moved({ guest, from, to }: Way, found: boolean): string[] {
  const how = found
    ? 'It runs there already, and has let go of its devices on'
    : 'It was moved there, away from';
  return [`${guest} is on ${to}`, `${how} ${from}. By plumbline migrate.`];
}

export function takenBack({ guest, from, to }: Way, why: string): string[] {
  const reason = printable(why).slice(0, REASON_MAX);
  return [`${guest} stays on ${from}`, `The move to ${to} is taken back: ${reason}. By plumbline migrate.`];
}
