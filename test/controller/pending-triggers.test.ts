import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, PendingTriggers, QUIET_MS } from '../../src/controller/pending-triggers.ts';
import type { Trigger } from '../../src/controller/words.ts';

const HOST: readonly Trigger[] = ['links', 'ovs', 'released'];
const OTHER: readonly Trigger[] = ['start', 'desired', 'timer', 'signal', 'request', 'retry'];

type Act =
  | { do: 'push'; trigger: Trigger }
  | { do: 'wait'; ms: number }
  /** The run under way, if any, reads the whole host. */
  | { do: 'read' }
  | { do: 'end' };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom(...HOST, ...OTHER).map((trigger): Act => ({ do: 'push', trigger })),
    },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 300 }).map((ms): Act => ({ do: 'wait', ms })) },
    { weight: 1, arbitrary: fc.constant<Act>({ do: 'read' }) },
    { weight: 2, arbitrary: fc.constant<Act>({ do: 'end' }) },
  ),
  { maxLength: 60 },
);

interface Run {
  began: number;
  triggers: Trigger[];
  /** Moments at which it began to read. */
  reads: number[];
}

/** Drives the state as the queue does. Moments are counted apart from the clock, so that each is a different one. */
function play(list: readonly Act[]) {
  const pending = new PendingTriggers();
  const pushes: { trigger: Trigger; moment: number; at: number }[] = [];
  const runs: Run[] = [];
  let running = null as Run | null;
  let now = 0;
  let moment = 0;
  let longestWait = 0;
  let waitingSince: number | null = null;
  const startIfDue = () => {
    const due = pending.due();
    if (due === null || due > now) return;
    if (waitingSince !== null) longestWait = Math.max(longestWait, now - waitingSince);
    waitingSince = null;
    running = { began: ++moment, triggers: pending.begin(), reads: [] };
    runs.push(running);
  };
  const end = () => {
    if (running === null) return;
    running = null;
    pending.end();
    if (!pending.isIdle()) waitingSince = now;
    startIfDue();
  };
  for (const act of [
    ...list,
    { do: 'end' },
    { do: 'wait', ms: 1000 },
    { do: 'end' },
    { do: 'end' },
  ] as Act[]) {
    switch (act.do) {
      case 'push':
        pushes.push({ trigger: act.trigger, moment: ++moment, at: now });
        pending.add(act.trigger, now);
        if (running === null) waitingSince ??= now;
        startIfDue();
        break;
      case 'wait':
        for (let left = act.ms; left > 0; left--) {
          now++;
          startIfDue();
        }
        break;
      case 'read':
        if (running !== null) running.reads.push(++moment);
        pending.covered();
        break;
      case 'end':
        end();
        break;
    }
  }
  return { pending, pushes, runs, longestWait };
}

describe('triggers that wait', () => {
  it('are never left without a run that begins, or reads the host, after them', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const { pending, pushes, runs } = play(list);
        expect(pending.isIdle()).toBe(true);
        for (const { trigger, moment } of pushes) {
          const began = runs.some((run) => run.began > moment && run.triggers.includes(trigger));
          const read = runs.some((run) => run.reads.some((at) => at > moment));
          expect(began || (HOST.includes(trigger) && read)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('wait no longer than the patience allows, unless a run is under way', () => {
    fc.assert(
      fc.property(acts, (list) => {
        expect(play(list).longestWait).toBeLessThanOrEqual(PATIENCE_MS);
      }),
    );
  });

  it('make no run without a reason, and no more runs than there are reasons', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const { pushes, runs } = play(list);
        expect(runs.length).toBeLessThanOrEqual(pushes.length);
        for (const { triggers } of runs) expect(triggers.length).toBeGreaterThan(0);
      }),
    );
  });

  it('make one run when they come in a burst, and one more when it goes on meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: QUIET_MS - 1 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 500 }),
        (gaps, during) => {
          const push: Act = { do: 'push', trigger: 'links' };
          const before = gaps.flatMap((ms): Act[] => [push, { do: 'wait', ms }]);
          const burst: Act[] = [...before, push, { do: 'wait', ms: QUIET_MS }];
          const inRun = Array.from({ length: during }, () => push);
          const { runs } = play([...burst, ...inRun, { do: 'end' }, { do: 'wait', ms: 1000 }]);
          expect(runs).toHaveLength(during === 0 ? 1 : 2);
          const read = play([...burst, ...inRun, { do: 'read' }, { do: 'end' }, { do: 'wait', ms: 1000 }]);
          expect(read.runs).toHaveLength(1);
        },
      ),
    );
  });

  it('run a storm at the pace of the patience', () => {
    const storm = Array.from({ length: 200 }, (): Act[] => [
      { do: 'push', trigger: 'links' },
      { do: 'wait', ms: 10 },
      { do: 'end' },
    ]).flat();
    expect(play(storm).runs.length).toBeLessThanOrEqual((200 * 10) / PATIENCE_MS + 1);
  });

  it.each(OTHER)('begin at once for %s, with all that waited', (trigger) => {
    const { runs } = play([
      { do: 'push', trigger: 'links' },
      { do: 'push', trigger },
    ]);
    expect(runs.map((run) => run.triggers)).toEqual([['links', trigger]]);
  });

  it('never run two at once', () => {
    const pending = new PendingTriggers();
    pending.add('start', 0);
    pending.begin();
    pending.add('request', 1);
    expect(pending.due()).toBeNull();
    expect(() => pending.begin()).toThrow('while another was under way');
  });
});
