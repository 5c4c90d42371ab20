import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Backoff } from '../../../src/controller/triggers/backoff.ts';
import { keepSubscribed, type Subscription } from '../../../src/controller/triggers/subscription.ts';
import { hangup, timer } from '../../../src/controller/triggers/timer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A subscription whose fate the test decides. */
function makeSubscription() {
  let beReady: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  let end: (why: string) => void = () => {};
  const subscription: Subscription = {
    ready: new Promise<void>((resolve, reject) => {
      beReady = resolve;
      fail = reject;
    }),
    ended: new Promise<string>((resolve) => {
      end = resolve;
    }),
    close: () => end('closed'),
  };
  return { subscription, beReady, fail, end };
}

function watched(open: () => Promise<Subscription>) {
  const told: string[] = [];
  const watch = keepSubscribed(
    open,
    {
      onReady: () => told.push('ready'),
      onLost: (why) => told.push(`lost: ${why}`),
      onRefused: (why) => told.push(`refused: ${why}`),
    },
    new Backoff(100, 1000),
  );
  return { watch, told };
}

describe('a subscription', () => {
  it('is opened again when it was lost, and tells both', async () => {
    const made: ReturnType<typeof makeSubscription>[] = [];
    const { watch, told } = watched(async () => {
      const one = makeSubscription();
      one.beReady();
      made.push(one);
      return one.subscription;
    });
    await watch.start();
    made[0]?.end('killed');
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual(['ready', 'lost: killed', 'ready']);
    watch.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(made).toHaveLength(2);
  });

  it('is tried at growing pauses while it is refused, each reason told once', async () => {
    const attempts: number[] = [];
    const { watch, told } = watched(async () => {
      attempts.push(Date.now());
      throw new Error(attempts.length < 5 ? 'no socket' : 'nobody listens');
    });
    await watch.start();
    await vi.advanceTimersByTimeAsync(5000);
    const pauses = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0));
    expect(pauses.slice(0, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(told).toEqual(['refused: no socket', 'refused: nobody listens']);
    watch.close();
  });

  it('that is refused after it was opened is closed, and opened once more', async () => {
    let opened = 0;
    const { watch, told } = watched(async () => {
      const one = makeSubscription();
      opened += 1;
      if (opened === 1) one.fail(new Error('no such column'));
      else one.beReady();
      return one.subscription;
    });
    await watch.start();
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toEqual(['refused: no such column', 'ready']);
    expect(opened).toBe(2);
    watch.close();
  });

  it('that is closed while it opens is closed when it has', async () => {
    const one = makeSubscription();
    let answer: (subscription: Subscription) => void = () => {};
    const { watch, told } = watched(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const started = watch.start();
    watch.close();
    answer(one.subscription);
    await started;
    expect(await one.subscription.ended).toBe('closed');
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toEqual([]);
  });
});

describe('pauses', () => {
  it('are short again after something that lasted', () => {
    const backoff = new Backoff(100, 1000);
    expect([0, 0, 0, 0, 0].map((lived) => backoff.pauseAfter(lived))).toEqual([100, 200, 400, 800, 1000]);
    expect(backoff.pauseAfter(1000)).toBe(1000);
    expect(backoff.pauseAfter(1001)).toBe(100);
  });
});

describe('the timer', () => {
  it('comes again and again, a tenth more or less late, until it is closed', async () => {
    const times: number[] = [];
    const watch = timer(60, () => times.push(Date.now()));
    let last = Date.now();
    await watch.start();
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersToNextTimerAsync();
      const pause = (times.at(-1) ?? 0) - last;
      expect(pause).toBeGreaterThanOrEqual(54_000);
      expect(pause).toBeLessThanOrEqual(66_000);
      last = times.at(-1) ?? 0;
    }
    expect(new Set(times.map((at, i) => at - (times[i - 1] ?? 0))).size).toBeGreaterThan(1);
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('SIGHUP', () => {
  it('is an event and does not end the process', async () => {
    vi.useRealTimers();
    const came = new Promise<void>((resolve) => {
      const watch = hangup(() => {
        watch.close();
        resolve();
      });
      void watch.start();
    });
    const others = process.listeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
    await came;
    expect(process.listeners('SIGHUP')).toHaveLength(others.length - 1);
  });
});
