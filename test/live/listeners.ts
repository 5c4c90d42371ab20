import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Namespace } from '../support/netns.ts';
import { until } from '../support/netns.ts';
import { ECHO_PORT } from './guest-image.ts';

/** Whoever talks with a guest while it moves. Times are milliseconds since the epoch. */
export interface Pings {
  /** When each answer came. */
  answers: readonly number[];
  /** The longest time without an answer that lies in the span, or over its ends. */
  longestGap(from: number, to: number): number;
  stop(): void;
}

/** Pings an address every 10 ms. */
export async function startPings(from: Namespace, address: string, seconds = 30): Promise<Pings> {
  const child = from.start('ping', '-n', '-D', '-i', '0.01', address);
  const answers = collect(child, (line) => {
    const time = /^\[(\d+\.\d+)\] \d+ bytes from/.exec(line)?.[1];
    return time === undefined ? null : Number(time) * 1000;
  });
  await until(`${address} answers pings`, () => answers.length > 10, seconds);
  return {
    answers,
    longestGap: (begin, end) => longestGap(answers, begin, end),
    stop: () => void child.kill('SIGKILL'),
  };
}

/** Between answers that follow one another; an end without an answer after it counts as one. */
function longestGap(answers: readonly number[], begin: number, end: number): number {
  const before = answers.filter((at) => at <= begin).slice(-1);
  const within = answers.filter((at) => at > begin && at < end);
  const after = answers.find((at) => at >= end) ?? end;
  const times = [...before, ...within, after];
  return Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? at)));
}

const CLIENT = `
  const socket = require('node:net').connect({ port: ${ECHO_PORT}, host: process.argv[1], noDelay: true });
  let sent = 0;
  const next = () => socket.write(String(++sent) + '\\n');
  let rest = '';
  socket.on('connect', next).on('data', (data) => {
    const lines = (rest + data).split('\\n');
    rest = lines.pop();
    for (const line of lines) {
      if (Number(line) !== sent) process.exit(2);
      console.log(sent);
      setTimeout(next, 20);
    }
  });
  socket.on('error', () => process.exit(1)).on('close', () => process.exit(1));
`;

/** One TCP connection over which each word is said once the one before it came back. */
export interface Conversation {
  /** Waits until more is said. Throws when that takes too long, or the connection has ended. */
  goesOn(): Promise<void>;
}

export async function startConversation(from: Namespace, address: string): Promise<Conversation> {
  const child = from.start(process.execPath, '-e', CLIENT, address);
  const words = collect(child, Number);
  await until(`a conversation with ${address}`, () => words.length > 3, 30);
  return {
    async goesOn() {
      const spoken = words.length;
      const ended = () => child.exitCode !== null || child.signalCode !== null;
      await until('they talk on', () => ended() || words.length > spoken + 10, 30).catch((error) => {
        throw new Error(`they do not talk on:\n${from.exec('ss', '-tni')}`, { cause: error });
      });
      if (ended()) throw new Error(`the conversation has ended (${child.exitCode})`);
    },
  };
}

function collect(child: ChildProcess, read: (line: string) => number | null): number[] {
  const numbers: number[] = [];
  if (child.stdout === null) throw new Error('no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const number = read(line);
    if (number !== null) numbers.push(number);
  });
  return numbers;
}
