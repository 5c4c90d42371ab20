import { describe, expect, it } from 'vitest';
import { Queue } from '../../src/controller/queue.ts';
import type { Trigger } from '../../src/controller/words.ts';

interface Gate {
  triggers: readonly Trigger[];
  covered(): void;
  finish(error?: Error): void;
}

/** A queue whose runs end when the test says so. */
function makeQueue() {
  const begun: Gate[] = [];
  const crashes: unknown[] = [];
  const arrivals: (() => void)[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const queue = new Queue({
    run: (triggers, covered) =>
      new Promise<void>((resolve, reject) => {
        running += 1;
        mostAtOnce = Math.max(mostAtOnce, running);
        const finish = (error?: Error) => {
          running -= 1;
          if (error === undefined) resolve();
          else reject(error);
        };
        begun.push({ triggers, covered, finish });
        for (const arrive of arrivals.splice(0)) arrive();
      }),
    onCrash: (error) => crashes.push(error),
  });
  /** The nth run, once it has begun. */
  const nth = async (n: number): Promise<Gate> => {
    for (;;) {
      const gate = begun[n - 1];
      if (gate !== undefined) return gate;
      await new Promise<void>((resolve) => arrivals.push(resolve));
    }
  };
  return { queue, begun, crashes, nth, mostAtOnce: () => mostAtOnce };
}

describe('the queue', () => {
  it('folds what comes together, and runs one at a time', async () => {
    const { queue, begun, nth, mostAtOnce } = makeQueue();
    for (let i = 0; i < 10_000; i++) queue.push(i % 2 === 0 ? 'links' : 'ovs');
    const first = await nth(1);
    expect(first.triggers).toEqual(['links', 'ovs']);
    queue.push('desired');
    queue.push('links');
    first.finish();
    const second = await nth(2);
    expect(second.triggers).toEqual(['desired', 'links']);
    second.finish();
    await queue.idle();
    expect(begun).toHaveLength(2);
    expect(mostAtOnce()).toBe(1);
  });

  it('starts no run for what a read of the run under way has seen', async () => {
    const { queue, begun, nth } = makeQueue();
    queue.push('request');
    const first = await nth(1);
    queue.push('links');
    queue.push('released');
    first.covered();
    first.finish();
    await queue.idle();
    expect(begun).toHaveLength(1);
  });

  it('starts one for what came after that read, and for what is not of the host', async () => {
    const { queue, nth } = makeQueue();
    queue.push('request');
    const first = await nth(1);
    queue.push('desired');
    first.covered();
    queue.push('links');
    first.finish();
    const second = await nth(2);
    expect(second.triggers).toEqual(['desired', 'links']);
    second.finish();
    await queue.idle();
  });

  it('goes on after a run that threw', async () => {
    const { queue, crashes, nth } = makeQueue();
    queue.push('timer');
    (await nth(1)).finish(new Error('broken'));
    queue.push('retry');
    (await nth(2)).finish();
    await queue.idle();
    expect(crashes).toEqual([new Error('broken')]);
  });

  it('closes when the run under way is over, and begins no other', async () => {
    const { queue, begun, nth } = makeQueue();
    queue.push('start');
    const first = await nth(1);
    queue.push('request');
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await Promise.resolve();
    expect(closed).toBe(false);
    first.finish();
    await closing;
    queue.push('request');
    await queue.idle();
    expect(begun).toHaveLength(1);
  });
});
