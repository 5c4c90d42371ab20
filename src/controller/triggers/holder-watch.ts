import type { Held } from '../../model/resource.ts';
import type { GuestDevice } from '../../tools/holders.ts';

/** A device that somebody may open, or has open. */
export type WatchedDevice = Pick<GuestDevice, 'name' | 'index' | 'type'>;

export interface HolderWatch<D extends WatchedDevice> {
  /** What is looked at from now on, instead of what was before. */
  watch(devices: readonly D[]): void;
  close(): void;
}

export interface HolderWatchParts<D extends WatchedDevice> {
  /** With many descriptors the looks become rarer, so that they never cost more than this share of a core. */
  share: number;
  /** The processes whose descriptors are looked at; null for everybody's. */
  among(devices: readonly D[]): ReadonlySet<number> | null;
  /** What is waited for: then the device is told of, once. */
  tells: Held['is'];
  /** With the names of those that it told of. */
  onEvent(devices: readonly string[]): void;
}

const INTERVAL_MS = 1000;

/**
 * Tells when one of the devices was opened, or let go. The kernel sends no event of either: a macvtap has none, nor has
 * a tap that is down, and Node's watch of a node in /dev leaves IN_OPEN out. So descriptors are looked at, every second,
 * for as long as there is anything to wait for. Where holders are not known (no rights to look) the timer has to do. The
 * run that follows looks for itself.
 */
export function holderWatch<D extends WatchedDevice>(parts: HolderWatchParts<D>): HolderWatch<D> {
  let waited: readonly D[] = [];
  let timer: NodeJS.Timeout | null = null;

  function schedule(delayMs: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = waited.length === 0 ? null : setTimeout(() => void look(), delayMs);
  }

  async function look(): Promise<void> {
    timer = null;
    const looked = waited;
    const { findHolders } = await import('../../tools/holders.ts');
    const began = performance.now();
    const holders = await findHolders(looked.map(byDescriptors), parts.among(looked));
    const cost = performance.now() - began;
    // Somebody may have given another list meanwhile: then a look at that is on its way.
    if (looked !== waited) return;
    waited = looked.filter(({ name }) => holders.get(name)?.is !== parts.tells);
    const told = looked.filter((device) => !waited.includes(device)).map(({ name }) => name);
    schedule(Math.max(INTERVAL_MS, cost / parts.share));
    if (told.length > 0) parts.onEvent(told);
  }

  return {
    watch(devices) {
      waited = devices;
      if (timer === null || waited.length === 0) schedule(INTERVAL_MS);
    },
    close() {
      waited = [];
      schedule(0);
    },
  };
}

/** A tap's carrier was read long ago, if ever: as one that is down it is judged by its descriptors alone. */
function byDescriptors({ name, index, type }: WatchedDevice): GuestDevice {
  return { name, index, type, up: false, carrier: false };
}
