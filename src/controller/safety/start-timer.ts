import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TimerNews, TimerOrder, TimerWord } from './confirm-words.ts';
import { orderLine, parseNews } from './confirm-words.ts';

/** The word by which this program starts itself again as a timer (cli/main.ts). */
const CONFIRM_TIMER = '--confirm-timer';

export interface Timer {
  say(word: TimerWord): void;
  /** What comes next; null when the timer has ended without a word. */
  next(): Promise<TimerNews | null>;
}

/**
 * Starts the timer of an `apply --confirm` and gives it its order. It is in a session of its own, so that neither a
 * hang-up of the terminal nor the end of this process reaches it (setsid(2), by Node's `detached`).
 */
export function startTimer(program: string, order: TimerOrder, env: NodeJS.ProcessEnv): Timer {
  const child = spawn(process.execPath, [program, CONFIRM_TIMER], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const news: TimerNews[] = [];
  let over = false;
  let wake = () => {};
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const one = parseNews(line);
    if (one !== null) news.push(one);
    wake();
  });
  const end = () => {
    over = true;
    wake();
  };
  lines.on('close', end);
  child.on('error', end);
  // A timer that is gone tells so by ending its output.
  child.stdin.on('error', () => {});
  child.stdin.write(orderLine(order));
  return {
    say: (word) => void child.stdin.write(`${word}\n`),
    async next() {
      while (news.length === 0 && !over) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return news.shift() ?? null;
    },
  };
}
