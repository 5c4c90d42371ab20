import type { GuestDevice } from '../../tools/holders.ts';

/** A device that a change waits for, and the processes that had it open when last looked. */
export interface WaitedFor {
  name: string;
  index: number;
  type: 'tap' | 'macvtap';
  pids: readonly number[];
}

export interface ReleaseWatch {
  /** What is waited for from now on, instead of what was before. */
  watch(devices: readonly WaitedFor[]): void;
  close(): void;
}

const INTERVAL_MS = 1000;
/** With many holders the looks become rarer, so that they never cost more than this share of a core. */
const SHARE = 0.005;

/**
 * Tells which of the devices that are waited for were let go. Closing a macvtap sends no event of any kind, nor does
 * that of a tap that is down, so the descriptors of the holders, and of nobody else, are looked at every second.
 * Where the holders are not known (no rights to look) the timer has to do. The run that follows looks for itself.
 */
export function releaseWatch(onEvent: (devices: readonly string[]) => void): ReleaseWatch {
  let waited: readonly WaitedFor[] = [];
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
    const pids = new Set(looked.flatMap((device) => device.pids));
    const holders = await findHolders(looked.map(byDescriptors), pids);
    const cost = performance.now() - began;
    // Somebody may have given another list meanwhile: then a look at that is on its way.
    if (looked !== waited) return;
    waited = looked.filter(({ name }) => holders.get(name)?.is !== 'free');
    const letGo = looked.filter((device) => !waited.includes(device)).map(({ name }) => name);
    schedule(Math.max(INTERVAL_MS, cost / SHARE));
    if (letGo.length > 0) onEvent(letGo);
  }

  return {
    watch(devices) {
      waited = devices.filter(({ pids }) => pids.length > 0);
      if (timer === null || waited.length === 0) schedule(INTERVAL_MS);
    },
    close() {
      waited = [];
      schedule(0);
    },
  };
}

/** A tap's carrier was read long ago: as one that is down it is judged by its descriptors alone. */
function byDescriptors({ name, index, type }: WaitedFor): GuestDevice {
  return { name, index, type, up: false, carrier: false };
}
