/** Seconds in each unit that `--for 2h` may name. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const PART = /(\d{1,9})([smhd])/g;
const WHOLE = /^(?:\d{1,9}[smhd])+$/;

/** A year, in seconds: whoever means longer means until it is resumed. */
export const LONGEST_PAUSE = 366 * 86_400;

/** `90s`, `10m`, `1h30m`, `1d` in seconds; null for anything else, for nothing at all and for more than a year. */
export function parseDuration(text: string): number | null {
  if (!WHOLE.test(text)) return null;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(PART)) seconds += Number(count) * (UNITS[unit ?? ''] ?? 0);
  return seconds > 0 && seconds <= LONGEST_PAUSE ? seconds : null;
}
