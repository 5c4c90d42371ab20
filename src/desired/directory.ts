import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Problem } from '../model/problem.ts';
import { MAX_FILE_BYTES } from './bounds.ts';
import type { Content, TextSource } from './source.ts';
import { walk } from './walk.ts';

/** One takes 20 to 30 µs. */
const FILES_TO_A_TURN = 100;

/** The texts of a working tree. Throws ProblemsError when the directory itself cannot be read. */
export function openDirectory(directory: string): TextSource {
  const { files, problems, unreadable } = walk(directory);
  const room: Room = { buffer: Buffer.alloc(0), used: 0 };
  const paths = new Map<string, string>();
  for (const { file, absolute } of files) paths.set(file, absolute);
  const read = (file: string): Content => readContent(file, paths.get(file) ?? file, room);
  return {
    revision: null,
    problems,
    unreadable,
    files: files.map(({ file }) => ({ file, blob: null })),
    read: async (wanted, take) => {
      for (const [i, one] of wanted.entries()) {
        take(one, read(one.file));
        // Others of this process, who wait for a lock or begin a read of the host meanwhile, have their turn.
        if (i % FILES_TO_A_TURN === FILES_TO_A_TURN - 1) await new Promise(setImmediate);
      }
    },
    textOf: async (file) => {
      if (!paths.has(file)) return null;
      const content = read(file);
      return content.is === 'text' ? new TextDecoder().decode(content.bytes) : null;
    },
  };
}

/** Where texts are read to, one behind the other: a buffer for each would take as long as reading it. */
interface Room {
  buffer: Buffer;
  used: number;
}

const ROOM = 4 * MAX_FILE_BYTES;

function readContent(file: string, absolute: string, room: Room): Content {
  // A byte more than what is allowed: one read tells the content and whether it is too much.
  if (room.buffer.length - room.used <= MAX_FILE_BYTES) {
    room.buffer = Buffer.allocUnsafe(ROOM);
    room.used = 0;
  }
  const { buffer, used } = room;
  try {
    // Not through a link and not waiting for a pipe's other end, should one have taken the file's place since.
    const descriptor = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      // A regular file gives less than was asked for only at its end: one call reads it all.
      const length = readSync(descriptor, buffer, used, MAX_FILE_BYTES + 1, null);
      if (length > MAX_FILE_BYTES) return { is: 'problem', problem: tooLarge(file, null) };
      room.used += length;
      return { is: 'text', bytes: buffer.subarray(used, used + length) };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const source = { file, line: 1, column: 1 };
    return {
      is: 'problem',
      problem: { code: 'unreadable', severity: 'error', message: `the file cannot be read: ${why}`, source },
    };
  }
}

/** `bytes` null when only known to be too many. */
export function tooLarge(file: string, bytes: number | null): Problem {
  return {
    code: 'file-too-large',
    severity: 'error',
    message: 'the file is too large',
    source: { file, line: 1, column: 1 },
    found: bytes === null ? `more than ${MAX_FILE_BYTES} bytes` : `${bytes} bytes`,
    expected: `at most ${MAX_FILE_BYTES} bytes`,
    hint: 'spread its documents over several files',
  };
}
