import { statSync } from 'node:fs';
import { join } from 'node:path';

/** sun_path of linux/un.h holds 108 bytes, the last of them zero. */
const PATH_MAX = 107;

/** A runtime directory with too long a name for a socket. */
export class SocketPathTooLong extends Error {
  override name = 'SocketPathTooLong';
}

/** Where the controller of this network namespace listens: each namespace has its own, as each has its own lock. */
export function controllerSocket(runtimeDirectory: string): string {
  return join(runtimeDirectory, `control-${statSync('/proc/self/ns/net').ino}`);
}

/** The kernel cuts a longer path short in silence, and the socket would be somewhere else. */
export function requireSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= PATH_MAX) return;
  throw new SocketPathTooLong(
    `the socket ${path} has a name of ${bytes} bytes, and the kernel takes ${PATH_MAX}: set RUNTIME_DIRECTORY to a shorter one`,
  );
}
