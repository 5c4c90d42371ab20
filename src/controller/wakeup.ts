/** Why a run is due at a time that is known beforehand. */
type Reason = 'rejection' | 'contention' | 'pause' | 'claim' | 'lock' | 'failure';

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;
/** setTimeout takes no more than 2^31 - 1 milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One timer for all that is to be looked at again at some time. */
export class Wakeup {
  private readonly due = new Map<Reason, number>();
  private readonly onDue: () => void;
  private timer: NodeJS.Timeout | null = null;
  private failures = 0;
  private closed = false;

  constructor(onDue: () => void) {
    this.onDue = onDue;
  }

  /** At a time (milliseconds since the epoch); null: not at all. */
  at(reason: Reason, time: number | null): void {
    if (time === null) this.due.delete(reason);
    else this.due.set(reason, time);
    if (reason === 'failure' && time === null) this.failures = 0;
    this.schedule();
  }

  after(reason: Reason, delayMs: number): void {
    this.at(reason, Date.now() + delayMs);
  }

  /** After a second, and after twice as long each time, until `at(reason, null)`. */
  backOff(reason: 'failure'): void {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.failures, LONGEST_DELAY_MS);
    this.failures += 1;
    this.after(reason, delay);
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.due.size === 0 || this.closed) return;
    const wait = Math.max(0, Math.min(...this.due.values()) - Date.now());
    this.timer = setTimeout(() => this.fire(), Math.min(wait, LONGEST_TIMER_MS));
  }

  private fire(): void {
    const now = Date.now();
    let any = false;
    for (const [reason, time] of this.due) {
      if (time > now) continue;
      this.due.delete(reason);
      any = true;
    }
    this.schedule();
    if (any) this.onDue();
  }
}
