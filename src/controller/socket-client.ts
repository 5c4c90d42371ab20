import { createConnection } from 'node:net';
import { errorCode } from '../tools/result.ts';
import { requireSocketPath } from './socket-path.ts';
import type { Answer, Request } from './words.ts';

/** A controller is there, and no answer can be had of it. */
export class ControllerUnreachable extends Error {
  override name = 'ControllerUnreachable';
}

/** A status of 10,000 devices is 4 MB. */
const ANSWER_MAX = 64 * 1024 * 1024;

export interface AskOptions {
  /** How long an answer may take. Milliseconds. */
  timeoutMs?: number;
}

/** Asks a running controller; null when there is none. Throws ControllerUnreachable and SocketPathTooLong. */
export function askController(
  path: string,
  request: Request,
  { timeoutMs = 30_000 }: AskOptions = {},
): Promise<Answer | null> {
  requireSocketPath(path);
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (words: string) => {
      socket.destroy();
      reject(new ControllerUnreachable(words));
    };
    const timer = setTimeout(
      () => fail(`the controller at ${path} gave no answer within ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > ANSWER_MAX) return fail(`the answer of the controller at ${path} has no end`);
      const end = chunk.indexOf(0x0a);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end < 0) return;
      socket.destroy();
      const answer = parseAnswer(Buffer.concat(chunks).toString('utf8'));
      if (answer === null) fail(`what answers at ${path} is no controller of this release`);
      else resolve(answer);
    });
    socket.once('error', (error) => {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(null);
      else if (code === 'EACCES')
        fail(`the controller at ${path} belongs to another user: ask it as that user`);
      else fail(`the controller at ${path} cannot be asked: ${error.message}`);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      // After an answer this is the usual end, and too late to change anything.
      fail(`the controller at ${path} ended before it answered`);
    });
  });
}

function parseAnswer(line: string): Answer | null {
  try {
    const answer: Answer = JSON.parse(line);
    return typeof answer.ok === 'boolean' ? answer : null;
  } catch {
    return null;
  }
}
