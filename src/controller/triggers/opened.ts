import { type HolderWatch, holderWatch, type WatchedDevice } from './holder-watch.ts';

/** A look goes over all processes, for nobody knows who will come: it never costs more than this share of a core. */
const SHARE = 0.02;

/**
 * Tells when somebody has opened a device that stands by. Whoever knows beforehand says so by a claim, which is at once.
 */
export function openWatch(onEvent: () => void): HolderWatch<WatchedDevice> {
  return holderWatch({ share: SHARE, among: () => null, tells: 'held', onEvent });
}
