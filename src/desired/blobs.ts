import { ProblemsError } from '../model/problem.ts';
import { MAX_FILE_BYTES } from './bounds.ts';
import { catFile } from './cat-file.ts';
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
    const stdout = await contents(base, chunk);
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

/** What `git cat-file --batch` answers for these blobs. Throws ProblemsError when the repository is damaged. */
async function contents(base: string, files: readonly TextFile[]): Promise<Uint8Array> {
  const answer = await catFile(
    base,
    ['--batch'],
    files.map(({ blob }) => `${blob}`),
    CHUNK * (MAX_FILE_BYTES + 100),
  );
  if (!answer.failed) return answer.stdout;
  const message = `git cannot read the files of the commit: ${answer.why}`;
  throw new ProblemsError([
    { code: 'git-failed', severity: 'error', message, source: null, hint: `git -C ${base} fsck` },
  ]);
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
