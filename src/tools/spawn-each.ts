import { findProgram } from './programs.ts';
import { runTool, type ToolOptions } from './spawn.ts';

/** Below this many words the program in between costs more than it saves. */
export const WORTH_ONE_START = 3;
/** So that hundreds do not all want a core at once. */
const AT_ONCE = '32';
/** What xargs puts a word for. */
const PLACE = '{}';

/**
 * Runs a program once for each word, which `args` makes its arguments of, side by side, and says whether all ended
 * well. Its output is lost: for words of one that did not, run that one again.
 *
 * One xargs starts them all: a start costs us some 4 ms in which nothing else goes on, and xargs less than one.
 */
export async function runForEach(
  tool: string,
  args: (word: string) => readonly string[],
  words: readonly string[],
  options: Pick<ToolOptions, 'timeoutMs' | 'harmless'>,
): Promise<boolean> {
  const [program, xargs] = [findProgram(tool), findProgram('xargs')];
  if (words.length < WORTH_ONE_START || program === null || xargs === null) {
    const results = await Promise.all(words.map((word) => runTool(tool, args(word), options)));
    return results.every(({ exitCode }) => exitCode === 0);
  }
  const command = ['-0', '-P', AT_ONCE, '-I', PLACE, program, ...args(PLACE)];
  const stdin = words.map((word) => `${word}\0`).join('');
  return (await runTool('xargs', command, { ...options, stdin })).exitCode === 0;
}
