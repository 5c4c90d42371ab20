import { constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/**
 * Files in memory without a name, for what goes into a tool and comes out of it: it works at its own speed while we are
 * busy, where it would wait for us at a full pipe, and it shows how far it has read. Nobody else can open them, and they
 * end with their last descriptor, however that ends.
 */

/** O_TMPFILE of the x86 and most others' asm-generic/fcntl.h, O_DIRECTORY included; Node has no name for it. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** A tmpfs that every Linux has for shm_open(3). */
const MEMORY = '/dev/shm';

/** A descriptor, to be closed; null where there is no such file to be had. `text` is what is read from it. */
export function openScratch(text = ''): number | null {
  try {
    const descriptor = openSync(MEMORY, O_TMPFILE | constants.O_RDWR | constants.O_EXCL, 0o600);
    // At a given place: the position, which a tool goes on from, stays at the beginning.
    if (text !== '') writeAll(descriptor, Buffer.from(text));
    return descriptor;
  } catch {
    return null;
  }
}

/** Everything that was written. */
export function readScratch(descriptor: number): string {
  const bytes = Buffer.allocUnsafe(fstatSync(descriptor).size);
  let length = 0;
  for (let n = -1; n !== 0 && length < bytes.length; length += n) {
    n = readSync(descriptor, bytes, length, bytes.length - length, length);
  }
  return bytes.toString('utf8', 0, length);
}

/** Milliseconds. Links take `ip` 30 µs each. */
const LOOK_AGAIN = 4;
const PIECE = 256 * 1024;

/**
 * Hands over what is written while it is written, in pieces that are overwritten afterwards. Returns what ends that, once
 * all has been handed over.
 */
export function followScratch(descriptor: number, take: (bytes: Buffer) => void): () => void {
  const buffer = Buffer.allocUnsafe(PIECE);
  let at = 0;
  const handOver = () => {
    for (let n = -1; n !== 0; at += n) {
      n = readSync(descriptor, buffer, 0, PIECE, at);
      if (n > 0) take(buffer.subarray(0, n));
    }
  };
  const timer = setInterval(handOver, LOOK_AGAIN);
  return () => {
    clearInterval(timer);
    handOver();
  };
}

/**
 * How many bytes were read. C's exit(3) sets the position of standard input back to what the program itself has
 * taken of it (POSIX fflush, exit); a program that was killed leaves it where its buffer ends.
 */
export function positionOf(descriptor: number): number | null {
  try {
    const position = /^pos:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return position === undefined ? null : Number(position);
  } catch {
    return null;
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
}
