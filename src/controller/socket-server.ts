import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { requirePrivate, UnsafeDirectory } from '../tools/lock.ts';
import { errorCode, messageOf } from '../tools/result.ts';
import { parseRequest, REQUEST_MAX } from './protocol.ts';
import { requireSocketPath } from './socket-path.ts';
import type { Answer, Request } from './words.ts';

export interface ControllerSocket {
  /** Takes the socket away, and the connections with it. */
  close(): Promise<void>;
}

/** Another controller answers on this socket. */
export class ControllerRunning extends Error {
  override name = 'ControllerRunning';
}

const CONNECTIONS_MAX = 32;
/** A client that asks nothing for so long is let go. Milliseconds. */
const IDLE_MS = 10_000;

/**
 * Answers requests on a unix socket: one JSON object a line, one answer for each, in order. Only the user of the
 * controller can reach it (mode 0600), from the first moment on: it is bound in a directory of its own that nobody else
 * may enter, and then moved to its place, over what a dead controller left there.
 *
 * Throws ControllerRunning, UnsafeDirectory and SocketPathTooLong.
 */
export async function serveSocket(
  path: string,
  handle: (request: Request) => Promise<Answer>,
): Promise<ControllerSocket> {
  const directory = dirname(path);
  requirePrivate(directory);
  requireSocketPath(path);
  requireFreeOrSocket(path);
  if (await isAnswered(path)) throw new ControllerRunning(`another controller answers on ${path}`);

  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    serveConnection(socket, handle);
  });
  server.maxConnections = CONNECTIONS_MAX;

  const aside = mkdtempSync(join(directory, '.s'));
  let own: string | null;
  try {
    const bound = join(aside, 's');
    requireSocketPath(bound);
    await listen(server, bound);
    chmodSync(bound, 0o600);
    renameSync(bound, path);
    own = identity(path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return {
    async close() {
      if (own !== null && identity(path) === own) unlinkSync(path);
      own = null;
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Anything else than a socket is not ours, and a rename would destroy it. */
function requireFreeOrSocket(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSocket()) return;
  throw new UnsafeDirectory(`${path} is no socket, and a controller would listen there: move it away`);
}

/** Whether a process accepts connections there: the file of one that has ended stays and refuses them. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(false);
      else reject(error);
    });
  });
}

/** A later controller may have put its own there; inode numbers alone are used again at once. */
function identity(path: string): string | null {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino} ${stat.ctimeNs}`;
}

/** Lines are answered one after another, however they arrive. */
function serveConnection(socket: Socket, handle: (request: Request) => Promise<Answer>): void {
  let rest = '';
  let last: Promise<void> = Promise.resolve();
  socket.setEncoding('utf8');
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  // A client that left in the middle is no trouble of ours.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > REQUEST_MAX || lines.some((line) => line.length > REQUEST_MAX)) {
      send(socket, { ok: false, message: `a request has at most ${REQUEST_MAX} bytes` });
      socket.end();
      return;
    }
    for (const line of lines) {
      last = last.then(async () => {
        // Its answer may take as long as a run does.
        socket.setTimeout(0);
        send(socket, await answerTo(line, handle));
        socket.setTimeout(IDLE_MS);
      });
    }
  });
}

async function answerTo(line: string, handle: (request: Request) => Promise<Answer>): Promise<Answer> {
  const parsed = parseRequest(line);
  if ('problem' in parsed) return { ok: false, message: parsed.problem };
  try {
    return await handle(parsed.request);
  } catch (error) {
    return { ok: false, message: `the controller could not do that: ${messageOf(error)}` };
  }
}

function send(socket: Socket, answer: Answer): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
}
