import type { GuestDevice } from '../../tools/holders.ts';

/** A device that waits for a guest to be started here. */
export type StandbyDevice = Pick<GuestDevice, 'name' | 'index' | 'type'>;

export interface OpenWatch {
  /** What is looked at from now on, instead of what was before. */
  watch(devices: readonly StandbyDevice[]): void;
  close(): void;
}

const INTERVAL_MS = 1000;
/** A look goes over all processes, for nobody knows who will come: it never costs more than this share of a core. */
const SHARE = 0.02;

/**
 * Tells when somebody has opened a device that stands by. The kernel says nothing of it: a tap that is down has no
 * carrier to tell of, a macvtap never does, and Node's watch of a node in /dev leaves IN_OPEN out. So descriptors are
 * looked at, as long as any device stands by. Whoever knows beforehand says so by a claim, which is at once.
 */
export function openWatch(onEvent: () => void): OpenWatch {
  let waiting: readonly StandbyDevice[] = [];
  let timer: NodeJS.Timeout | null = null;

  function schedule(delayMs: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = waiting.length === 0 ? null : setTimeout(() => void look(), delayMs);
  }

  async function look(): Promise<void> {
    timer = null;
    const looked = waiting;
    const { findHolders } = await import('../../tools/holders.ts');
    const began = performance.now();
    // By descriptors alone: a carrier would have to be read first.
    const holders = await findHolders(looked.map((device) => ({ ...device, up: false, carrier: false })));
    const cost = performance.now() - began;
    if (looked !== waiting) return;
    waiting = looked.filter(({ name }) => holders.get(name)?.is !== 'held');
    schedule(Math.max(INTERVAL_MS, cost / SHARE));
    if (waiting.length < looked.length) onEvent();
  }

  return {
    watch(devices) {
      waiting = devices;
      if (timer === null || waiting.length === 0) schedule(INTERVAL_MS);
    },
    close() {
      waiting = [];
      schedule(0);
    },
  };
}
