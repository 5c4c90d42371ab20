import type { AnyChange, Outcome, Withheld } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { describeFields } from '../render/plan-fields.ts';
import type { Contention } from './words.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** So many changes of one resource in so long a time, for one and the same wish, are a fight and no accident. */
export const FIGHT = { changes: 4, withinMs: MINUTE } as const;
/** Once there was a fight, the first change that is undone again is enough. */
const AGAIN = 2;
/** How long a resource is left alone: doubled each time. */
export const BACKOFF = { firstMs: 30 * SECOND, longestMs: 10 * MINUTE } as const;
/** After so long without a change, the fight is forgotten. */
export const FORGET_MS = 10 * MINUTE;

interface Fight {
  /** What the documents want of it: another wish is another matter. */
  wanted: string;
  what: string;
  times: number;
  /** When it was changed, since it was last left alone. */
  recent: number[];
  lastChange: number;
  /** How often it was left alone already. */
  backoffs: number;
  until: number;
}

/**
 * Notices that somebody else keeps undoing a change, and says which resources are to be left alone for a while. Fed
 * with what became of each run; times are milliseconds since the epoch.
 */
export class ContentionWatch {
  private readonly fights = new Map<Id, Fight>();

  /** What a run did. A change that did not last until it was verified counts as well: the other side was quick. */
  record(changes: readonly AnyChange[], outcomes: ReadonlyMap<Id, Outcome>, now: number): void {
    this.forget(now);
    for (const change of changes) {
      const outcome = outcomes.get(change.id);
      if (outcome?.result !== 'done' && outcome?.undone !== true) continue;
      if (change.after === null || change.action === 'delete') this.fights.delete(change.id);
      else this.count(change, JSON.stringify(change.after.spec), now);
    }
  }

  /**
   * A plan that was made with `withheld`: where the documents want something else by now, the resource is free again.
   * True when one was, so that the plan is to be made anew.
   */
  reconsider(changes: readonly AnyChange[]): boolean {
    let freed = false;
    for (const { id, after, gate } of changes) {
      if (gate.is !== 'held' || gate.why !== 'contended') continue;
      const fight = this.fights.get(id);
      if (fight === undefined || (after !== null && JSON.stringify(after.spec) === fight.wanted)) continue;
      this.fights.delete(id);
      freed = true;
    }
    return freed;
  }

  /** For `Task.withheld`. */
  withheld(now: number): ReadonlyMap<Id, Withheld> {
    return new Map(this.list(now).map(({ id }) => [id, 'contended']));
  }

  /** What is left alone now, for status and log. */
  list(now: number): Contention[] {
    return [...this.fights]
      .filter(([, fight]) => isLeftAlone(fight, now))
      .map(([id, { what, times, until }]) => ({ id, what, times, until }));
  }

  /** When the first of them is tried again; null when none is left alone. */
  retryAt(now: number): number | null {
    const times = this.list(now).map(({ until }) => until);
    return times.length === 0 ? null : Math.min(...times);
  }

  private count(change: AnyChange, wanted: string, now: number): void {
    let fight = this.fights.get(change.id);
    if (fight === undefined || fight.wanted !== wanted) {
      fight = { wanted, what: '', times: 0, recent: [], lastChange: now, backoffs: 0, until: 0 };
      this.fights.set(change.id, fight);
    }
    fight.what = whatOf(change);
    fight.times += 1;
    fight.lastChange = now;
    fight.recent = [...fight.recent.filter((at) => at > now - FIGHT.withinMs && at <= now), now];
    if (fight.recent.length < (fight.backoffs === 0 ? FIGHT.changes : AGAIN)) return;
    fight.until = now + Math.min(BACKOFF.firstMs * 2 ** fight.backoffs, BACKOFF.longestMs);
    fight.backoffs += 1;
    fight.recent = [];
  }

  private forget(now: number): void {
    for (const [id, { lastChange, until }] of this.fights) {
      if (now - Math.max(lastChange, until) > FORGET_MS) this.fights.delete(id);
    }
  }
}

/** A clock that was set back must not leave a resource alone for longer than it was meant. */
function isLeftAlone({ until }: Fight, now: number): boolean {
  return now < until && until - now <= BACKOFF.longestMs;
}

function whatOf({ action, fields, reason }: AnyChange): string {
  if (action === 'create') return 'removed → made again';
  return describeFields(fields).join(', ') || reason;
}
