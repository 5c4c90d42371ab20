import { messageOf } from '../../tools/result.ts';
import type { Backoff } from './backoff.ts';

/** A trigger that watches something from `start` to `close`. */
export interface TriggerWatch {
  /** Fulfilled when it watches, or when the first try has failed and others follow. */
  start(): Promise<void>;
  close(): void;
}

/** Something outside that tells of changes until it ends. */
export interface Subscription {
  /** Fulfilled when no later change is missed. */
  ready: Promise<void>;
  /** Fulfilled when it is over, with why. */
  ended: Promise<string>;
  close(): void;
}

export interface SubscriptionEvents {
  /** It watches from now on. What came before, or since it was lost, was missed. */
  onReady(): void;
  /** It was watching and has ended; it is opened again. */
  onLost(why: string): void;
  /** It cannot be opened; told once for each reason, and tried again. */
  onRefused(why: string): void;
}

/** Keeps a subscription open: whenever it ends, or cannot be opened, it is opened again after a pause. */
export function keepSubscribed(
  open: () => Promise<Subscription>,
  events: SubscriptionEvents,
  backoff: Backoff,
): TriggerWatch {
  let closed = false;
  let current: Subscription | null = null;
  let timer: NodeJS.Timeout | null = null;
  let refused: string | null = null;

  async function attempt(): Promise<void> {
    const began = performance.now();
    const over = (why: string, wasReady: boolean) => {
      current = null;
      if (closed) return;
      tellEnd(why, wasReady);
      timer = setTimeout(() => void attempt(), backoff.pauseAfter(performance.now() - began));
    };
    try {
      current = await open();
    } catch (error) {
      return over(messageOf(error), false);
    }
    if (closed) return current.close();
    await follow(current, over);
  }

  async function follow(
    subscription: Subscription,
    over: (why: string, wasReady: boolean) => void,
  ): Promise<void> {
    let state: 'opening' | 'ready' | 'over' = 'opening';
    let failure: string | null = null;
    void subscription.ended.then((why) => {
      const wasReady = state === 'ready';
      state = 'over';
      over(failure ?? why, wasReady);
    });
    try {
      await subscription.ready;
    } catch (error) {
      failure = messageOf(error);
      subscription.close();
      return;
    }
    if (isOver() || closed) return;
    state = 'ready';
    refused = null;
    events.onReady();

    function isOver(): boolean {
      return state === 'over';
    }
  }

  function tellEnd(why: string, wasReady: boolean): void {
    if (wasReady) events.onLost(why);
    else if (why !== refused) {
      refused = why;
      events.onRefused(why);
    }
  }

  return {
    start: attempt,
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      current?.close();
    },
  };
}
