import { createConnection, type Socket } from 'node:net';
import { isObject, type JsonObject } from '../json.ts';
import { errorCode, messageOf } from '../result.ts';
import { OvsdbRefused, OvsdbUnreachable } from './errors.ts';
import { JsonFrames } from './framing.ts';
import type { Condition, Row } from './values.ts';

/** RFC 7047 §5.2, those that we use. */
export type Operation =
  | { op: 'select'; table: string; where: readonly Condition[]; columns: readonly string[] }
  | { op: 'insert'; table: string; row: Row; 'uuid-name'?: string }
  | { op: 'update'; table: string; where: readonly Condition[]; row: Row }
  | { op: 'mutate'; table: string; where: readonly Condition[]; mutations: readonly Condition[] }
  | {
      op: 'wait';
      table: string;
      where: readonly Condition[];
      columns: readonly string[];
      until: '==' | '!=';
      rows: readonly Row[];
      timeout: number;
    };

/** RFC 7047 §4.1.5: tables by name, rows by UUID, each with `old` and `new`. */
export type TableUpdates = JsonObject;

export interface OvsdbConnection {
  /** The results of the operations, in order. Throws OvsdbRefused when one was refused: then none has effect. */
  transact(operations: readonly Operation[]): Promise<readonly unknown[]>;
  /** What the columns hold now, all of it as `new`; every later change goes to `onUpdate`, until the connection ends. */
  monitor(
    tables: Readonly<Record<string, readonly string[]>>,
    onUpdate: (updates: TableUpdates) => void,
  ): Promise<TableUpdates>;
  /** Fulfilled, with why, when the connection is over. */
  closed: Promise<string>;
  close(): void;
}

const DATABASE = 'Open_vSwitch';
const DEFAULT_RUNDIR = '/var/run/openvswitch';
/** A transaction of 100 ports takes 30 ms; a server that is this late does not answer. */
const REPLY_TIMEOUT_MS = 10_000;

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** Where Open vSwitch's own tools look for the database: OVS_RUNDIR, else Debian's. */
function ovsdbPath(env: Readonly<Record<string, string | undefined>>): string {
  return `${env.OVS_RUNDIR || DEFAULT_RUNDIR}/db.sock`;
}

/** Opens a connection to ovsdb-server. Throws OvsdbUnreachable. */
export async function connectOvsdb(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<OvsdbConnection> {
  const path = ovsdbPath(env);
  const socket = createConnection({ path });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(unreachable(path, error)));
  });
  return speak(socket, path);
}

/** JSON-RPC 1.0 over an open socket (RFC 7047 §4). */
function speak(socket: Socket, path: string): OvsdbConnection {
  const pending = new Map<number, Pending>();
  const monitors = new Map<number, (updates: TableUpdates) => void>();
  const frames = new JsonFrames();
  let lastId = 0;
  let over: string | null = null;
  let announce: (why: string) => void = () => {};
  const closed = new Promise<string>((resolve) => {
    announce = resolve;
  });

  function end(why: string): void {
    if (over !== null) return;
    over = why;
    socket.destroy();
    for (const request of pending.values()) {
      clearTimeout(request.timer);
      request.reject(lost(path, why));
    }
    pending.clear();
    announce(why);
  }

  function receive(message: JsonObject): void {
    const { id, method, params } = message;
    if (method === 'echo') socket.write(JSON.stringify({ id, result: params, error: null }));
    else if (method === 'update' && Array.isArray(params)) {
      const [monitor, updates]: unknown[] = params;
      if (typeof monitor === 'number' && isObject(updates)) monitors.get(monitor)?.(updates);
    } else if (typeof id === 'number') settle(id, message);
  }

  function settle(id: number, { result, error }: JsonObject): void {
    const request = pending.get(id);
    if (request === undefined) return;
    pending.delete(id);
    clearTimeout(request.timer);
    if (error === null || error === undefined) request.resolve(result);
    else request.reject(refusal(error, null));
  }

  function request(method: string, params: readonly unknown[]): Promise<unknown> {
    if (over !== null) return Promise.reject(lost(path, over));
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => end(`ovsdb-server did not answer within ${REPLY_TIMEOUT_MS / 1000} s`),
        REPLY_TIMEOUT_MS,
      );
      pending.set(id, { resolve, reject, timer });
      socket.write(JSON.stringify({ id, method, params }));
    });
  }

  socket.on('data', (piece) => {
    try {
      for (const frame of frames.push(piece)) {
        const message: unknown = JSON.parse(frame);
        if (isObject(message)) receive(message);
      }
    } catch (error) {
      end(`it sent what is no JSON-RPC (${messageOf(error)})`);
    }
  });
  socket.on('error', (error) => end(messageOf(error)));
  socket.on('close', () => end('the connection was closed'));

  return {
    async transact(operations) {
      const results = await request('transact', [DATABASE, ...operations]);
      if (!Array.isArray(results)) throw new OvsdbRefused('no results', '', null);
      // An error beyond the operations is one of the commit; the operations after a refused one are null.
      const refused = results.findIndex((result) => isObject(result) && typeof result.error === 'string');
      if (refused >= 0) throw refusal(results[refused], refused < operations.length ? refused : null);
      return results;
    },
    async monitor(tables, onUpdate) {
      const id = ++lastId;
      monitors.set(id, onUpdate);
      const requests = Object.entries(tables).map(([table, columns]) => [table, { columns }]);
      const initial = await request('monitor', [DATABASE, id, Object.fromEntries(requests)]);
      return isObject(initial) ? initial : {};
    },
    closed,
    close: () => end('we closed it'),
  };
}

function refusal(error: unknown, operation: number | null): OvsdbRefused {
  if (!isObject(error)) return new OvsdbRefused(String(error), '', operation);
  return new OvsdbRefused(String(error.error), String(error.details ?? ''), operation);
}

function unreachable(path: string, error: Error): OvsdbUnreachable {
  switch (errorCode(error)) {
    case 'ENOENT':
      return new OvsdbUnreachable(
        path,
        'there is no such socket',
        'start Open vSwitch (package openvswitch-switch), or set OVS_RUNDIR to where it runs',
      );
    case 'ECONNREFUSED':
      return new OvsdbUnreachable(path, 'nobody listens', 'start ovsdb-server: it has ended');
    case 'EACCES':
      return new OvsdbUnreachable(path, 'access is denied', 'run as root');
    default:
      return new OvsdbUnreachable(path, messageOf(error), 'see its log');
  }
}

function lost(path: string, why: string): OvsdbUnreachable {
  return new OvsdbUnreachable(path, why, 'see the log of ovsdb-server');
}
