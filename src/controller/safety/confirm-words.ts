import { isObject, numberAt, objectAt, textAt } from '../../tools/json.ts';
import type { AppliedState } from './applied.ts';
import { appliedJson, parseApplied } from './applied.ts';

/**
 * What an `apply --confirm` and its timer tell one another, one JSON object a line. The timer hears the end of its
 * standard input when the apply dies.
 */
export interface TimerOrder {
  seconds: number;
  allowRecreate: boolean;
  /** What to go back to; null for a host on which nothing was. */
  before: AppliedState | null;
  /** What is kept as applied when it is confirmed. */
  after: AppliedState;
}

/** To the timer, once it is ready: the apply is over and the time runs; do not wait for it. */
export type TimerWord = 'applied' | 'back';

/** From the timer. */
export type TimerNews =
  | { is: 'ready' }
  /** It will not do: another change waits, or the documents before are no longer valid. */
  | { is: 'refused'; why: 'busy' | 'invalid'; message: string }
  | { is: 'kept' }
  /** `status` as `apply` exits. */
  | { is: 'back'; status: 0 | 1 | 2; message: string | null };

export function orderLine({ seconds, allowRecreate, before, after }: TimerOrder): string {
  const states = { before: before && appliedJson(before), after: appliedJson(after) };
  return `${JSON.stringify({ seconds, allowRecreate, ...states })}\n`;
}

export function parseOrder(line: string): TimerOrder {
  const json: unknown = JSON.parse(line);
  if (!isObject(json)) throw new Error('the order is no object');
  const after = parseApplied(objectAt(json, 'after'));
  const seconds = numberAt(json, 'seconds');
  if (after === null || seconds === null) throw new Error('the order is not whole');
  const before = json.before === null ? null : parseApplied(objectAt(json, 'before'));
  if (json.before !== null && before === null) throw new Error('what to go back to is not whole');
  return { seconds, allowRecreate: json.allowRecreate === true, before, after };
}

export function parseNews(line: string): TimerNews | null {
  const json: unknown = JSON.parse(line);
  if (!isObject(json)) return null;
  const message = textAt(json, 'message');
  switch (json.is) {
    case 'ready':
    case 'kept':
      return { is: json.is };
    case 'refused':
      return { is: 'refused', why: json.why === 'busy' ? 'busy' : 'invalid', message: message ?? '' };
    case 'back': {
      const status = numberAt(json, 'status');
      return { is: 'back', status: status === 0 || status === 2 ? status : 1, message };
    }
    default:
      return null;
  }
}
