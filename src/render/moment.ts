const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time in at most two units, rounded down: `0.21 s`, `12 s`, `3 min`, `1 h 58 min`, `4 d 2 h`. */
export function formatDuration(ms: number): string {
  if (ms < 10 * SECOND) return `${Number((Math.max(0, ms) / SECOND).toPrecision(2))} s`;
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return two(ms, HOUR, 'h', MINUTE, 'min');
  return two(ms, DAY, 'd', HOUR, 'h');
}

/** What is left of a span, rounded up, so that two hours are two hours when they begin. */
export function formatRemaining(ms: number): string {
  const unit = ms > 2 * MINUTE ? MINUTE : SECOND;
  return formatDuration(Math.ceil(Math.max(0, ms) / unit) * unit);
}

/** How long ago: `just now`, `12 s ago`. A clock that was set back makes nothing lie in the future. */
export function formatAgo(then: number, now: number): string {
  const ms = now - then;
  return ms < 2 * SECOND ? 'just now' : `${formatDuration(Math.floor(ms / SECOND) * SECOND)} ago`;
}

/** Local time to the second, as people compare it with their logs: `2026-01-02 11:00:03`. */
export function formatMoment(then: number): string {
  const date = new Date(then);
  const pad = (n: number) => String(n).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')}`;
}

function two(ms: number, unit: number, name: string, smaller: number, smallerName: string): string {
  const rest = Math.floor((ms % unit) / smaller);
  return `${Math.floor(ms / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${smallerName}`}`;
}
