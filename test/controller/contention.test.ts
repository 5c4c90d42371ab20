import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BACKOFF, ContentionWatch, FIGHT, FORGET_MS } from '../../src/controller/contention.ts';
import type { AnyChange, Outcome } from '../../src/model/plan.ts';
import type { Id } from '../../src/model/resource.ts';
import * as sample from '../render/plan-samples.ts';

const DONE: Outcome = { result: 'done', message: null };
const SECOND = 1000;

function made(name: string, parent = 'eth3'): AnyChange {
  return sample.create('link', name, sample.macvtap(parent), { guests: [name] });
}

function withheld(change: AnyChange): AnyChange {
  return { ...change, gate: { is: 'held', why: 'contended', held: null } };
}

/** One run that did these changes. */
function run(watch: ContentionWatch, now: number, changes: AnyChange[], outcome: Outcome = DONE): void {
  watch.record(changes, new Map(changes.map(({ id }) => [id, outcome])), now);
}

function ids(watch: ContentionWatch, now: number): Id[] {
  return [...watch.withheld(now).keys()];
}

/** A watch that has seen a fight over `a` end at `now`. */
function fought(now: number): ContentionWatch {
  const watch = new ContentionWatch();
  for (let i = FIGHT.changes; i > 0; i--) run(watch, now - (i - 1) * SECOND, [made('a')]);
  return watch;
}

describe('a fight', () => {
  it('is noticed at the fourth change within a minute, for that resource alone, and says over what', () => {
    const watch = new ContentionWatch();
    for (let i = 1; i <= FIGHT.changes; i++) {
      expect(ids(watch, i)).toEqual([]);
      run(watch, i, [made('a'), ...(i === 1 ? [made('b')] : [])]);
    }
    expect(watch.list(5)).toEqual([
      { id: 'link:a', what: 'removed → made again', times: 4, until: 4 + BACKOFF.firstMs },
    ]);
    expect(watch.retryAt(5)).toBe(4 + BACKOFF.firstMs);
  });

  it('names the fields that keep being changed', () => {
    const watch = new ContentionWatch();
    const fields = [{ field: 'mtu', before: 1400, after: 1500 }];
    for (let i = 0; i < FIGHT.changes; i++) run(watch, i, [{ ...made('a'), action: 'update', fields }]);
    expect(watch.list(5)[0]?.what).toBe('mtu 1400 → 1500');
  });

  it('is none when the changes are further apart', () => {
    const watch = new ContentionWatch();
    for (let i = 0; i < 100; i++) run(watch, i * 25 * SECOND, [made('a')]);
    expect(ids(watch, 99 * 25 * SECOND)).toEqual([]);
  });

  it('counts what was undone before it was verified, and not what failed, was held or deleted', () => {
    const each = (outcome: Outcome, change = made('a')) => {
      const watch = new ContentionWatch();
      for (let i = 0; i < 10; i++) run(watch, i, [change], outcome);
      return ids(watch, 10);
    };
    expect(each({ result: 'failed', message: 'gone again', undone: true })).toEqual(['link:a']);
    expect(each({ result: 'failed', message: 'EBUSY' })).toEqual([]);
    expect(each({ result: 'held', message: null })).toEqual([]);
    expect(each(DONE, { ...made('a'), action: 'delete', after: null })).toEqual([]);
  });

  it('is over when its time is, and starts again with the next change that is undone', () => {
    const watch = fought(0);
    const free = BACKOFF.firstMs;
    expect(ids(watch, free - 1)).toEqual(['link:a']);
    expect(ids(watch, free)).toEqual([]);
    run(watch, free, [made('a')]);
    expect(ids(watch, free)).toEqual([]);
    run(watch, free + SECOND, [made('a')]);
    expect(watch.list(free + SECOND)[0]).toMatchObject({
      times: 6,
      until: free + SECOND + 2 * BACKOFF.firstMs,
    });
  });

  it('is forgotten after a quiet time', () => {
    const watch = fought(0);
    const later = BACKOFF.firstMs + FORGET_MS + 1;
    run(watch, later, [made('a')]);
    run(watch, later + 1, [made('a')]);
    expect(ids(watch, later + 1)).toEqual([]);
  });

  it('ends when the documents want something else, and not when they want the same', () => {
    const watch = fought(0);
    expect(watch.reconsider([withheld(made('a'))])).toBe(false);
    expect(ids(watch, 1)).toEqual(['link:a']);
    expect(watch.reconsider([withheld(made('a', 'eth4'))])).toBe(true);
    expect(ids(watch, 1)).toEqual([]);
    expect(watch.reconsider([withheld(made('a', 'eth4'))])).toBe(false);
  });

  it('is none while the documents change each time', () => {
    const watch = new ContentionWatch();
    for (let i = 0; i < 20; i++) run(watch, i, [made('a', i % 2 === 0 ? 'eth3' : 'eth4')]);
    expect(ids(watch, 20)).toEqual([]);
  });
});

describe('whatever happens', () => {
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 90 * SECOND }), name: fc.constantFrom('a', 'b', 'c') }),
    { maxLength: 200 },
  );

  /** Somebody undoes all; each run repairs what is not left alone. Gives the moments of the repairs by name. */
  function fightOn(list: readonly { wait: number; name: string }[]) {
    const watch = new ContentionWatch();
    const repairs = new Map<string, number[]>();
    let now = 0;
    for (const { wait, name } of list) {
      now += wait;
      if (watch.withheld(now).has(`link:${name}`)) continue;
      run(watch, now, [made(name)]);
      repairs.set(name, [...(repairs.get(name) ?? []), now]);
    }
    return { watch, repairs, now };
  }

  it('a resource is repaired at most so often in any minute', () => {
    fc.assert(
      fc.property(steps, (list) => {
        for (const times of fightOn(list).repairs.values()) {
          for (const [i, at] of times.entries()) {
            const within = times.slice(i).filter((other) => other < at + FIGHT.withinMs);
            // The last of one fight's changes, and what is tried when its time is over.
            expect(within.length).toBeLessThanOrEqual(FIGHT.changes + 1);
          }
        }
      }),
    );
  });

  it('none is left alone for longer than the longest time, whatever the clock does', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: -FORGET_MS * 10, max: FORGET_MS * 10 }), (list, jump) => {
        const { watch, now } = fightOn(list);
        for (const { until } of watch.list(now + jump)) {
          expect(until - (now + jump)).toBeLessThanOrEqual(BACKOFF.longestMs);
        }
        expect(ids(watch, now + BACKOFF.longestMs)).toEqual([]);
      }),
    );
  });

  it('the fight over one leaves the others alone', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const alone = fightOn(list.map((step) => (step.name === 'a' ? step : { ...step, name: 'idle' })));
        expect(fightOn(list).repairs.get('a')).toEqual(alone.repairs.get('a'));
      }),
    );
  });
});
