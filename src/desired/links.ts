import { readBlobs } from './blobs.ts';
import { catFile } from './cat-file.ts';

/** A symbolic link of a commit. */
export interface CommittedLink {
  file: string;
  blob: string;
  size: number;
}

/** PATH_MAX of linux/limits.h: a longer one leads nowhere. */
const LONGEST_TARGET = 4096;

/**
 * Of symbolic links that are not named as documents are, those by which documents would be lost without a word: a
 * working tree is read through a link to a folder, a commit is not. Harmless is one to a file, and one to a folder that
 * is in `folders`, by git's ids of those that are read anyway. `root` is the desired directory in the commit, empty or
 * with a slash at its end.
 */
export async function lossyLinks(
  base: string,
  commit: string,
  root: string,
  links: readonly CommittedLink[],
  folders: ReadonlySet<string>,
): Promise<string[]> {
  const asked = new Map<string, string>();
  const readable = links.filter(({ size }) => size <= LONGEST_TARGET);
  await readBlobs(base, readable, ({ file }, content) => {
    const target = content.is === 'text' ? new TextDecoder().decode(content.bytes) : '';
    const path = targetPath(`${root}${file}`, target);
    // Each is asked for on a line of its own.
    if (path !== null && !path.includes('\n')) asked.set(file, path);
  });
  const answers = await followed(
    base,
    [...asked.values()].map((path) => `${commit}:${path}`),
  );
  const harmless = new Set(
    [...asked.keys()].filter((_, index) => {
      const { id, type } = answers[index] ?? { id: '', type: '' };
      return type === 'blob' || (type === 'tree' && folders.has(id));
    }),
  );
  return links.flatMap(({ file }) => (harmless.has(file) ? [] : [file]));
}

/** Where a link leads, from the top of the repository; git goes astray on a `.` in it. null for an absolute one. */
function targetPath(link: string, target: string): string | null {
  if (target.startsWith('/')) return null;
  return [...link.split('/').slice(0, -1), ...target.split('/')]
    .filter((step) => step !== '' && step !== '.')
    .join('/');
}

/** What each name leads to; something that is neither blob nor tree where that is not in the commit. */
async function followed(base: string, names: readonly string[]): Promise<{ id: string; type: string }[]> {
  const answer = await catFile(base, ['--batch-check', '--follow-symlinks'], names);
  return answer.failed ? [] : answersOf(Buffer.from(answer.stdout));
}

/** `<id> SP <type> SP <size> LF`, or `dangling SP <size> LF <text> LF` and its like: git-cat-file(1), BATCH OUTPUT. */
function answersOf(bytes: Buffer): { id: string; type: string }[] {
  const answers: { id: string; type: string }[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const end = bytes.indexOf(0x0a, offset);
    if (end < 0) break;
    const line = bytes.toString('utf8', offset, end);
    offset = end + 1;
    const [, id = '', type = ''] = /^([0-9a-f]{40,64}) (tree|blob) /.exec(line) ?? [];
    answers.push({ id, type });
    const [, size] = /^(?:symlink|dangling|loop|notdir) ([0-9]+)$/.exec(line) ?? [];
    if (size !== undefined) offset += Number(size) + 1;
  }
  return answers;
}
