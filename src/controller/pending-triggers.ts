import type { Trigger } from './words.ts';

/** Events of the host come in bursts: a run waits until there was none for this long … */
export const QUIET_MS = 30;
/** … but in a storm that does not end, not longer than this. */
export const PATIENCE_MS = 200;

/** What the host tells by itself, many times for one and the same thing. */
const BURSTS: ReadonlySet<Trigger> = new Set(['links', 'ovs', 'rules', 'routes']);
/** What a look at the host answers. The others want a run that begins after them: they may have to do with what is wanted. */
export const OF_THE_HOST: ReadonlySet<Trigger> = new Set([...BURSTS, 'services', 'released', 'opened']);

/**
 * Which triggers wait for a run, and when it is due: the queue's state, without clock or timers of its own. Times are
 * milliseconds of whatever clock does not go back.
 */
export class PendingTriggers {
  private readonly waiting = new Set<Trigger>();
  private burst: { first: number; last: number } | null = null;
  private running = false;

  add(trigger: Trigger, now: number): void {
    this.waiting.add(trigger);
    if (BURSTS.has(trigger)) this.burst = { first: this.burst?.first ?? now, last: now };
  }

  /** When the next run is to begin: a time that may have passed; null while nothing waits or a run is under way. */
  due(): number | null {
    if (this.running || this.waiting.size === 0) return null;
    for (const trigger of this.waiting) if (!BURSTS.has(trigger)) return Number.NEGATIVE_INFINITY;
    if (this.burst === null) return Number.NEGATIVE_INFINITY;
    return Math.min(this.burst.last + QUIET_MS, this.burst.first + PATIENCE_MS);
  }

  /** Nothing waits and nothing runs. */
  isIdle(): boolean {
    return !this.running && this.waiting.size === 0;
  }

  /** A run begins: all that waits is its reason. */
  begin(): Trigger[] {
    if (this.running) throw new Error('a run began while another was under way');
    this.running = true;
    const triggers = [...this.waiting];
    this.waiting.clear();
    this.burst = null;
    return triggers;
  }

  /** The run under way begins to read the host: what the host told until now is in what it will find. */
  covered(): void {
    if (!this.running) return;
    for (const trigger of OF_THE_HOST) this.waiting.delete(trigger);
    this.burst = null;
  }

  end(): void {
    this.running = false;
  }
}
