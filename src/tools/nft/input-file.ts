import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Calls `use` with the descriptor of a file that holds `text` and has no name any more. For nft, which opens its input
 * by /dev/stdin: what Node gives a child there is a socket, and sockets cannot be opened (ENXIO).
 */
export async function withInputFile<T>(text: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-nft-'));
  let descriptor: number;
  try {
    descriptor = openSync(join(directory, 'input'), 'wx+', 0o600);
  } finally {
    // Without a name, it is gone with its descriptor, also when we are killed.
    rmSync(directory, { recursive: true, force: true });
  }
  try {
    writeFileSync(descriptor, text);
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
