import { PendingTriggers } from './pending-triggers.ts';
import type { Trigger } from './words.ts';

export interface QueueParts {
  /**
   * One run. It calls `covered` just before a read of the whole host that it compares in full with what is wanted and
   * acts upon: what the host told until then needs no run of its own. So its first read qualifies, and a verifying read
   * only if whatever it finds to do is done or pushed as `retry`.
   */
  run(triggers: readonly Trigger[], covered: () => void): Promise<void>;
  /** Told of what a run threw. The queue goes on; trying again is the caller's matter. */
  onCrash(error: unknown): void;
}

/** Folds all triggers into runs, one at a time. No trigger is lost, and a burst of them makes one or two runs. */
export class Queue {
  private readonly parts: QueueParts;
  private readonly pending = new PendingTriggers();
  private timer: NodeJS.Timeout | null = null;
  private closed = false;
  private current: Promise<void> = Promise.resolve();
  private readonly waiters: (() => void)[] = [];

  constructor(parts: QueueParts) {
    this.parts = parts;
  }

  /** Something may have changed. Never throws and never runs anything before it returns. */
  push(trigger: Trigger): void {
    if (this.closed) return;
    this.pending.add(trigger, performance.now());
    this.schedule();
  }

  /** Fulfilled when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.closed || this.pending.isIdle()) return this.current;
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** Begins no more runs; fulfilled when the one under way is over. */
  async close(): Promise<void> {
    this.closed = true;
    this.schedule();
    await this.current;
    this.release();
  }

  private schedule(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const due = this.closed ? null : this.pending.due();
    if (due === null) return;
    this.timer = setTimeout(() => this.start(), Math.max(0, due - performance.now()));
  }

  private start(): void {
    this.timer = null;
    this.current = this.run();
  }

  private async run(): Promise<void> {
    const triggers = this.pending.begin();
    try {
      await this.parts.run(triggers, () => this.pending.covered());
    } catch (error) {
      this.parts.onCrash(error);
    } finally {
      this.pending.end();
      this.schedule();
      if (this.pending.isIdle()) this.release();
    }
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
