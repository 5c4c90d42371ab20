import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { until } from '../support/netns.ts';

/** A word of QEMU that nobody asked for. */
export interface QmpEvent {
  event: string;
  /** Milliseconds since the epoch, by QEMU's own clock, which is the machine's. */
  at: number;
  data: Record<string, unknown>;
}

/** QEMU's monitor, as a management program has it. */
export interface Qmp {
  /** Throws with QEMU's words when it refuses. */
  do(command: string, words?: object): Promise<Record<string, unknown>>;
  /** Waits for an event that fulfils it, also among those that have come already. */
  told(what: string, is: (event: QmpEvent) => boolean): Promise<QmpEvent>;
  close(): void;
}

interface Message {
  QMP?: object;
  return?: Record<string, unknown>;
  error?: { desc: string };
  event?: string;
  data?: Record<string, unknown>;
  timestamp?: { seconds: number; microseconds: number };
}

/** Connects as soon as QEMU listens. */
export async function openQmp(path: string): Promise<Qmp> {
  const socket = await listening(path);
  const events: QmpEvent[] = [];
  const waiting: ((message: Message) => void)[] = [];
  const lines = createInterface({ input: socket });
  // It hears of a QEMU that ends in the middle of a word as the socket does.
  lines.on('error', () => {});
  lines.on('line', (line) => {
    const message: Message = JSON.parse(line);
    const { event, data = {}, timestamp } = message;
    if (event === undefined) waiting.shift()?.(message);
    else {
      const { seconds = 0, microseconds = 0 } = timestamp ?? {};
      events.push({ event, data, at: seconds * 1000 + microseconds / 1000 });
    }
  });
  const next = () => new Promise<Message>((resolve) => waiting.push(resolve));
  const ask: Qmp['do'] = async (execute, words = {}) => {
    const answer = next();
    socket.write(`${JSON.stringify({ execute, arguments: words })}\n`);
    const { error, return: value } = await answer;
    if (error !== undefined) throw new Error(`${execute}: ${error.desc}`);
    return value ?? {};
  };
  // Its greeting comes unasked.
  await next();
  await ask('qmp_capabilities');
  return {
    do: ask,
    async told(what, is) {
      let found: QmpEvent | undefined;
      await until(
        what,
        () => {
          found = events.find(is);
          return found !== undefined;
        },
        30,
      );
      // The loop above ends only with one.
      if (found === undefined) throw new Error(what);
      return found;
    },
    close: () => void socket.destroy(),
  };
}

async function listening(path: string): Promise<Socket> {
  let socket: Socket | null = null;
  const attempt = () =>
    new Promise<boolean>((resolve) => {
      const one = connect(path);
      one.once('connect', () => {
        socket = one.on('error', () => {});
        resolve(true);
      });
      one.once('error', () => resolve(false));
    });
  await until(`QEMU listens at ${path}`, attempt, 30);
  if (socket === null) throw new Error('no socket');
  return socket;
}
