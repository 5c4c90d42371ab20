import { nearest } from '../model/nearest.ts';
import { formatDuration } from '../render/moment.ts';
import type { Answer, Pause } from './words.ts';

/** Pauses are values: what is paused, as a list with one entry for each guest, and one for the whole host. */
export type Pauses = readonly Pause[];

/** Those that hold at a moment. */
export function activePauses(pauses: Pauses, now: number): Pause[] {
  return pauses.filter(({ until }) => until === null || until > now);
}

/** Whether nothing at all may be repaired. */
export function isHostPaused(pauses: Pauses, now: number): boolean {
  return activePauses(pauses, now).some(({ guest }) => guest === null);
}

/** The guests whose resources are left alone. */
export function pausedGuests(pauses: Pauses, now: number): Set<string> {
  return new Set(activePauses(pauses, now).flatMap(({ guest }) => guest ?? []));
}

/** When the next pause ends by itself, so that a run can follow; null for never. */
export function nextExpiry(pauses: Pauses, now: number): number | null {
  const times = activePauses(pauses, now).flatMap(({ until }) => until ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

/** The list with one pause more; an earlier one of the same guest gives way. */
function withPause(pauses: Pauses, pause: Pause): Pause[] {
  return [...pauses.filter(({ guest }) => guest !== pause.guest), pause];
}

function withoutPause(pauses: Pauses, guest: string | null): Pause[] {
  return pauses.filter((pause) => pause.guest !== guest);
}

/** What a request to pause or resume comes to: the new list and the answer, or the answer alone when it is refused. */
export interface PauseOutcome {
  pauses: Pause[] | null;
  answer: Answer;
}

export interface PauseRequest {
  guest: string | null;
  seconds: number | null;
  reason: string | null;
}

/** `known` are the guests that have a device here or are to have one. */
export function pause(
  pauses: Pauses,
  request: PauseRequest,
  known: readonly string[],
  now: number,
): PauseOutcome {
  const { guest, seconds, reason } = request;
  if (guest !== null && !known.includes(guest)) return { pauses: null, answer: unknownGuest(guest, known) };
  const until = seconds === null ? null : now + seconds * 1000;
  const what = guest === null ? 'This host' : `Guest ${guest}`;
  const end = seconds === null ? 'until it is resumed' : `for ${formatDuration(seconds * 1000)}`;
  const how = guest === null ? 'plumbline resume' : `plumbline resume ${guest}`;
  return {
    pauses: withPause(activePauses(pauses, now), { guest, until, reason, since: now }),
    answer: {
      ok: true,
      message: `${what} is paused ${end}: drift is shown and not repaired. To end it: ${how}`,
    },
  };
}

/** To resume what is not paused is no mistake: it is as was asked. What stays paused besides is told. */
export function resume(
  pauses: Pauses,
  guest: string | null,
  known: readonly string[],
  now: number,
): PauseOutcome {
  const before = activePauses(pauses, now);
  const after = withoutPause(before, guest);
  const found = after.length < before.length;
  if (!found && guest !== null && !known.includes(guest)) {
    return { pauses: null, answer: unknownGuest(guest, known) };
  }
  const what = guest === null ? 'This host' : `Guest ${guest}`;
  const said = found ? `${what} is resumed` : `${what} was not paused`;
  return { pauses: after, answer: { ok: true, message: `${said}${stillPaused(after, guest)}` } };
}

function stillPaused(pauses: Pauses, guest: string | null): string {
  if (pauses.length === 0) return '';
  if (guest !== null) {
    return pauses.some((pause) => pause.guest === null) ? '; the whole host still is: plumbline resume' : '';
  }
  const guests = pauses.flatMap((pause) => pause.guest ?? []);
  const shown = guests.slice(0, 5).join(', ');
  const more = guests.length > 5 ? ` and ${guests.length - 5} more` : '';
  return `; still paused by themselves: ${shown}${more} (plumbline resume GUEST)`;
}

function unknownGuest(guest: string, known: readonly string[]): Answer {
  const near = nearest(guest, known);
  const hint = near === null ? 'plumbline status lists those that have' : `did you mean ${near}?`;
  return { ok: false, message: `guest ${guest} has nothing on this host: ${hint}` };
}
