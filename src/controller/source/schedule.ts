/** Whatever the interval, a remote that fails is asked again this often at least, and one that works as often as told. */
const MAX_BACKOFF_MS = 600_000;

/**
 * Milliseconds until the next fetch: the interval, twice as long for each failure in a row up to ten minutes, and up
 * to a tenth less or more, so that the hosts of a fleet do not all ask at once. `random` is in [0, 1).
 */
export function untilNextFetch(intervalMs: number, failures: number, random: number): number {
  const longest = Math.max(intervalMs, MAX_BACKOFF_MS);
  const delay = Math.min(intervalMs * 2 ** Math.min(failures, 32), longest);
  return Math.round(delay * (0.9 + random * 0.2));
}
