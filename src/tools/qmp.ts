import { createConnection, type Socket } from 'node:net';
import { type JsonObject, objectAt, parseObject, textAt } from './json.ts';

/** QEMU's monitor cannot be reached, or what answers is none. */
export class QmpFailed extends Error {
  override name = 'QmpFailed';
}

/** A command that QEMU refused; `qmpClass` is the machine's word for why (qapi/error.json). */
export class QmpRefused extends Error {
  override name = 'QmpRefused';
  readonly qmpClass: string;
  constructor(command: string, error: JsonObject) {
    super(`${command}: ${textAt(error, 'desc') ?? 'refused'}`);
    this.qmpClass = textAt(error, 'class') ?? 'GenericError';
  }
}

export interface QmpEvent {
  event: string;
  data: JsonObject;
}

/** A monitor that has greeted and takes commands. */
export interface Qmp {
  /**
   * What a command returned. Throws QmpRefused, and QmpFailed when the connection ends. `take` has it in its place among
   * the events: whoever waits for the promise can have heard what QEMU said later.
   */
  execute(command: string, args?: JsonObject, take?: (value: unknown) => void): Promise<unknown>;
  /** Resolves when the connection has ended, by whichever side. */
  closed: Promise<void>;
  close(): void;
}

/** A line of more bytes is no answer to anything that is asked here. */
const LINE_MAX = 4 * 1024 * 1024;
/** sun_path of linux/un.h, less its zero. */
const PATH_MAX = 107;

/**
 * Connects to QEMU's monitor on a unix socket, and negotiates (docs/interop/qmp-spec.txt of QEMU). A monitor talks to one
 * client at a time: while it has another, this waits for its greeting. Throws QmpFailed; `code` of its cause is the
 * system's (ENOENT, ECONNREFUSED) where there is nobody. `signal` ends the wait.
 */
export function connectQmp(
  path: string,
  onEvent: (event: QmpEvent) => void,
  signal?: AbortSignal,
): Promise<Qmp> {
  if (!isQmpPath(path)) throw new QmpFailed(`the socket ${path} has a name of more than ${PATH_MAX} bytes`);
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const waiting = new Map<
      number,
      { command: string; done(value: unknown): void; fail(error: Error): void }
    >();
    let lastId = 0;
    let why = `the monitor at ${path} closed the connection`;
    let cause: unknown;

    const execute: Qmp['execute'] = (command, args, take) =>
      new Promise((resolveAnswer, fail) => {
        if (socket.destroyed) return fail(new QmpFailed(why));
        const id = ++lastId;
        const done = (value: unknown) => {
          take?.(value);
          resolveAnswer(value);
        };
        waiting.set(id, { command, done, fail });
        socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`);
      });
    const closed = new Promise<void>((ended) => {
      socket.once('close', () => {
        signal?.removeEventListener('abort', abort);
        const error = new QmpFailed(why, { cause });
        for (const { fail } of waiting.values()) fail(error);
        reject(error);
        ended();
      });
    });
    const abort = () => socket.destroy();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    socket.once('error', (error) => {
      why = `the monitor at ${path} cannot be talked to: ${error.message}`;
      cause = error;
    });

    const onMessage = (message: JsonObject) => {
      if (Object.hasOwn(message, 'QMP')) {
        const qmp = { execute, closed, close: () => socket.destroy() };
        execute('qmp_capabilities').then(() => resolve(qmp), reject);
        return;
      }
      const event = textAt(message, 'event');
      if (event !== null) return onEvent({ event, data: objectAt(message, 'data') });
      const request = waiting.get(Number(message.id));
      if (request === undefined) return;
      waiting.delete(Number(message.id));
      if (Object.hasOwn(message, 'error'))
        request.fail(new QmpRefused(request.command, objectAt(message, 'error')));
      else request.done(message.return);
    };
    readMessages(socket, onMessage, () => {
      why = `what answers at ${path} is no monitor of QEMU's`;
      socket.destroy();
    });
  });
}

/** Whether the kernel takes this for a socket's path: a longer one it would cut short in silence. */
export function isQmpPath(path: string): boolean {
  return Buffer.byteLength(path) <= PATH_MAX;
}

/** One JSON object a line; anything else, or a line without an end, is `strange`. */
function readMessages(socket: Socket, onMessage: (message: JsonObject) => void, strange: () => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    let data = Buffer.concat([rest, chunk]);
    for (let end = data.indexOf(0x0a); end >= 0 && !socket.destroyed; end = data.indexOf(0x0a)) {
      const message = parseObject(data.toString('utf8', 0, end));
      data = data.subarray(end + 1);
      if (message === null) return strange();
      onMessage(message);
    }
    rest = data;
    if (rest.length > LINE_MAX) strange();
  });
}
