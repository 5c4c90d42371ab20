import {
  type BigIntStats,
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory } from './private-directory.ts';
import { errorCode } from './result.ts';
import { runTool } from './spawn.ts';

export interface Lock {
  release(): Promise<void>;
}

/** A runtime directory in which somebody else could put or swap the lock's file. */
export class UnsafeDirectory extends Error {
  override name = 'UnsafeDirectory';
}

/** flock(1): what `-n` exits with when another has the lock; our own number tells it from any other failure. */
const BUSY = 75;

/**
 * One run for each network namespace. The lock is on an open file of this process, taken by flock(1) through an
 * inherited descriptor (flock(2): it belongs to the open file description), so it ends with the process, however that
 * ends, and no stale one can be left. The file says whose it is, for the message only. `controller` is one for those
 * who watch: they let go of the other while they are paused.
 */
export async function takeLock(
  directory: string,
  what: 'lock' | 'controller' = 'lock',
): Promise<Lock | { busyPid: number | null }> {
  requirePrivate(directory);
  const path = lockPath(directory, what);
  const descriptor = openLockFile(path, directory);
  try {
    const { exitCode, stderr } = await runTool('flock', ['-n', '-E', String(BUSY), '3'], {
      inherit: descriptor,
      timeoutMs: 10_000,
      harmless: true,
    });
    if (exitCode === BUSY) {
      closeSync(descriptor);
      return { busyPid: readPid(path) };
    }
    if (exitCode !== 0) throw new Error(`cannot lock ${path}: ${stderr.trim()}`);
    note(descriptor, `${process.pid}\n`);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  let released = false;
  return {
    async release() {
      if (released) return;
      released = true;
      // The file stays: to remove it would let two runs lock two files of one name.
      note(descriptor, '');
      closeSync(descriptor);
    },
  };
}

/**
 * Who has the lock at this moment, without touching it, for a shared lock of ours would send a starting run away; null
 * when nobody has it, or when this user cannot tell. Whoever has it has said so in the file, and takes that back at its
 * end: only where something stands there, or it is not to be read, the kernel is asked.
 */
export function lockHolder(directory: string): { pid: number | null } | null {
  const path = lockPath(directory, 'lock');
  const file = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (file === undefined || file.size === 0n) return null;
  const pid = notedPid(path);
  const held = (pid !== null && hasOpen(pid, file)) || listsLock(file);
  return held ? { pid } : null;
}

function lockPath(directory: string, what: 'lock' | 'controller'): string {
  return join(directory, `${what}-${statSync('/proc/self/ns/net').ino}`);
}

type FileId = Pick<BigIntStats, 'dev' | 'ino'>;

/**
 * proc_locks(5): `1: FLOCK  ADVISORY  WRITE 3399 fe:00:15343651 0 EOF`, readable for everybody. It takes 10 ms, for the
 * kernel keeps all others from their locks meanwhile (locks_start, fs/locks.c).
 */
function listsLock({ dev, ino }: FileId): boolean {
  const hex = (number: bigint) => number.toString(16).padStart(2, '0');
  // gnu_dev_major and gnu_dev_minor, of which the kernel has 12 and 20 bits.
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  const file = ` ${hex(major)}:${hex(minor)}:${ino} `;
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some((line) => line.includes(' FLOCK ') && line.includes(file));
}

/**
 * The kernel's list leaves out, in a process namespace such as a container's, locks that an ended process took, as
 * flock(1) does for us. Whoever says in the file that it has the lock has it open then.
 */
function hasOpen(pid: number, { dev, ino }: FileId): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).some((descriptor) => {
      const file = statSync(join(directory, descriptor), { throwIfNoEntry: false, bigint: true });
      return file?.dev === dev && file.ino === ino;
    });
  } catch {
    // It ended, or is another user's.
    return false;
  }
}

function notedPid(path: string): number | null {
  try {
    return readPid(path);
  } catch {
    // Another user's.
    return null;
  }
}

function openLockFile(path: string, directory: string): number {
  try {
    // Node opens every file O_CLOEXEC: no program that we start holds the lock beyond us.
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new UnsafeDirectory(
      `cannot open ${path} (${errorCode(error) ?? error}): set RUNTIME_DIRECTORY to a directory that you may write, instead of ${directory}`,
    );
  }
}

/** Says in the file whose the lock is. The lock needs none of it, so a full disk does not keep a run from a repair. */
function note(descriptor: number, text: string): void {
  try {
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, text, 0);
  } catch {
    // Whoever finds the lock taken is told of `another run` without its number.
  }
}

/** Makes sure of a directory that nobody else can write to. Throws UnsafeDirectory. */
export function requirePrivate(directory: string): void {
  try {
    makePrivateDirectory(directory);
  } catch (error) {
    throw new UnsafeDirectory(
      `cannot make the runtime directory ${directory} (${errorCode(error) ?? error}): set RUNTIME_DIRECTORY to one that you may write`,
    );
  }
  const stat = lstatSync(directory);
  const ours = stat.uid === 0 || stat.uid === process.getuid?.();
  if (stat.isDirectory() && ours && (stat.mode & 0o022) === 0) return;
  throw new UnsafeDirectory(
    `the runtime directory ${directory} must be a directory of ours that nobody else can write; found owner ${stat.uid}, mode ${(stat.mode & 0o7777).toString(8)}: correct it, or set RUNTIME_DIRECTORY`,
  );
}

function readPid(path: string): number | null {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}
