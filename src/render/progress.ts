import { printable } from './printable.ts';

export interface Progress {
  /** How far a run is, in whatever it counts, and what it does: `links`. */
  update(done: number, total: number, what: string): void;
  /** Erases the line. Nothing is shown any more. */
  end(): void;
}

/** A run that is over sooner shows nothing. Milliseconds. */
const AFTER = 1000;
/** More often than this a person sees no difference. Milliseconds. */
const EVERY = 100;
/** Back to the first column, and erase to the end of the line (ECMA-48 EL). */
const CLEAR = '\r\x1b[K';

interface Screen {
  write(text: string): unknown;
  columns?: number | undefined;
}

/** One line on standard error, for a terminal only and once a run takes longer than a second; erased at the end. */
export function progress(stderr: Screen, options: { tty: boolean; after?: number }): Progress {
  if (!options.tty) return { update() {}, end() {} };
  let text = '';
  let shown = false;
  let ended = false;
  let drawnAt = -EVERY;
  const draw = () => {
    if (text === '') return;
    drawnAt = performance.now();
    shown = true;
    stderr.write(CLEAR + text.slice(0, Math.max(0, (stderr.columns ?? 80) - 1)));
  };
  let due = false;
  // It must not keep a program alive that has nothing else to do.
  const timer = setTimeout(() => {
    due = true;
    draw();
  }, options.after ?? AFTER).unref();
  return {
    update(done, total, what) {
      if (ended) return;
      text = `${printable(what)} ${done}/${total}`;
      if (due && (done >= total || performance.now() - drawnAt >= EVERY)) draw();
    },
    end() {
      ended = true;
      clearTimeout(timer);
      if (shown) stderr.write(CLEAR);
      shown = false;
    },
  };
}
