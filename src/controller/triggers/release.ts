import { type HolderWatch, holderWatch, type WatchedDevice } from './holder-watch.ts';

/** A device that a change waits for, and the processes that had it open when last looked. */
export interface WaitedFor extends WatchedDevice {
  pids: readonly number[];
}

const SHARE = 0.005;

/** Tells which of the devices that are waited for were let go, by the descriptors of its holders and of nobody else. */
export function releaseWatch(onEvent: (devices: readonly string[]) => void): HolderWatch<WaitedFor> {
  const watch = holderWatch<WaitedFor>({
    share: SHARE,
    among: (devices) => new Set(devices.flatMap(({ pids }) => pids)),
    tells: 'free',
    onEvent,
  });
  return {
    ...watch,
    watch: (devices) => watch.watch(devices.filter(({ pids }) => pids.length > 0)),
  };
}
