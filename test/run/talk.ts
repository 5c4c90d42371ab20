import { onTestFinished } from 'vitest';
import type { Namespace } from '../support/netns.ts';
import { until } from '../support/netns.ts';

/** A TCP connection over which one asks and the other answers, every few milliseconds. */
export interface Talk {
  answers(): number;
  /** Ends it; `ended` tells whether it had ended by itself. */
  stop(): { ended: boolean; longestGap: number };
}

const PORT = 7777;
const SERVER = `
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen({ port: ${PORT}, host: '::' }, () => console.log('ready'));
`;
/** Prints the milliseconds since the last answer, for each answer. */
const CLIENT = `
  const socket = require('node:net').connect({ port: ${PORT}, host: process.argv[1], noDelay: true });
  let last = Date.now();
  socket.on('data', () => { const now = Date.now(); console.log(now - last); last = now; });
  socket.on('connect', () => setInterval(() => socket.write('x'), 2));
  socket.on('error', () => process.exit(1)).on('close', () => process.exit(1));
`;

/** `from` connects to an address of `to`. */
export async function startTalk(from: Namespace, to: Namespace, address: string): Promise<Talk> {
  await startServer(to);
  const client = from.start(process.execPath, '-e', CLIENT, address);
  onTestFinished(() => void client.kill('SIGKILL'));
  const gaps: number[] = [];
  client.stdout?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) gaps.push(Number(line));
  });
  await until(`a connection to ${address}`, () => gaps.length > 10);
  gaps.length = 0;
  return {
    answers: () => gaps.length,
    stop() {
      const ended = client.exitCode !== null;
      client.kill('SIGKILL');
      return { ended, longestGap: Math.max(...gaps) };
    },
  };
}

/** One for each namespace. */
const servers = new WeakMap<Namespace, Promise<void>>();

function startServer(namespace: Namespace): Promise<void> {
  const known = servers.get(namespace);
  if (known !== undefined) return known;
  const child = namespace.start(process.execPath, '-e', SERVER);
  const ready = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  servers.set(namespace, ready);
  return ready;
}
