export interface Debounced {
  (): void;
  cancel(): void;
}

/** Calls `act` once it has been quiet for `quietMs`, and at the latest `maxMs` after the first of a burst. */
export function debounced(act: () => void, quietMs: number, maxMs: number): Debounced {
  let timer: NodeJS.Timeout | null = null;
  let first = 0;
  const fire = () => {
    timer = null;
    act();
  };
  const debounce = () => {
    const now = Date.now();
    if (timer === null) first = now;
    else clearTimeout(timer);
    timer = setTimeout(fire, Math.max(0, Math.min(quietMs, first + maxMs - now)));
  };
  debounce.cancel = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return debounce;
}
