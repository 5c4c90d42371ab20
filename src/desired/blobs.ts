import { execa } from 'execa';
import { MAX_FILE_BYTES } from './bounds.ts';
import { GIT_CONFIG, gitEnvironment } from './git-environment.ts';
import type { Content, TextFile } from './source.ts';

/** Blobs asked for in one process: what it answers is held in memory, at most this many times a file's size. */
const CHUNK = 500;

/**
 * Hands over the content of each file's blob, by `git cat-file --batch`. `base` is a directory in the repository. A blob
 * that the repository lacks becomes a problem of its file.
 */
export async function readBlobs(
  base: string,
  files: readonly TextFile[],
  take: (file: TextFile, content: Content) => void,
): Promise<void> {
  for (let start = 0; start < files.length; start += CHUNK) {
    const chunk = files.slice(start, start + CHUNK);
    const { stdout } = await execa(
      'git',
      [...GIT_CONFIG.flatMap((setting) => ['-c', setting]), 'cat-file', '--batch'],
      {
        cwd: base,
        env: gitEnvironment(),
        extendEnv: false,
        input: chunk.map(({ blob }) => `${blob}\n`).join(''),
        encoding: 'buffer',
        stripFinalNewline: false,
        maxBuffer: CHUNK * (MAX_FILE_BYTES + 100),
      },
    );
    let offset = 0;
    for (const file of chunk) {
      // `<object> SP <type> SP <size> LF <content> LF`, or `<object> SP missing LF`: git-cat-file(1), BATCH OUTPUT
      const end = stdout.indexOf(0x0a, offset);
      const [, type, size] = new TextDecoder().decode(stdout.subarray(offset, end)).split(' ');
      offset = end + 1;
      if (type !== 'blob') {
        take(file, { is: 'problem', problem: lost(file.file) });
        continue;
      }
      take(file, { is: 'text', bytes: stdout.subarray(offset, offset + Number(size)) });
      offset += Number(size) + 1;
    }
  }
}

function lost(file: string) {
  return {
    code: 'unreadable',
    severity: 'error' as const,
    message: 'the repository lacks the content of this file',
    source: { file, line: 1, column: 1 },
    hint: 'fetch it: git fetch --refetch',
  };
}
