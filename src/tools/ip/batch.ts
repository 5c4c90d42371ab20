import { DONE, failed, type StepResult } from '../result.ts';
import { runTool } from '../spawn.ts';
import { composeBatch, readOutcome } from './batch-outcome.ts';

export interface IpStep {
  key: string;
  /** A later line must be harmless when an earlier one failed: `ip -force` goes on within the step. */
  lines: string[];
  /** A batch of its own, which ends at the first line that fails: a later line counts on it. */
  strict?: true;
}

export interface BatchOptions {
  /** How many steps are through, after each process. */
  onProgress?(done: number): void;
  /** Asked before each process; steps that were not run are absent from the result. */
  stop?(): boolean;
  /** Bounds one process; 1,000 lines take the kernel a tenth to a half of a second, deletions much longer. */
  maxLines?: number;
  /**
   * Steps that count on those before them. As many as there is room for go along, in the same process; the result has
   * those that were begun.
   */
  following?: readonly IpStep[];
}

/** The taps of 1,000 guests and what makes them ours are one process: a second, where the kernel is slow. */
const MAX_LINES = 2500;
/** ASCII without quotes, the comment sign, the continuation and line ends, which mean something to ip's batch language. */
const SAFE_LINE = /^[\x20\x21\x24-\x26\x28-\x5b\x5d-\x7e]*$/;

/**
 * Carries out the steps in order, strict ones first, by one `ip -batch` for as many lines as one may have, and says what
 * became of each.
 *
 * `ip` ends a batch at once at a line that it cannot parse (a master that does not exist, an unknown user), without a
 * line number, and an exit code of 1 can mean that too. So markers stand between the steps, lines that print: `ip`
 * carries out its lines strictly in order, each answered by the kernel before the next is read, hence all before a
 * marker that printed was gone through. Where the last one is missing the batch was cut short, by the line up to which
 * `ip` has taken its input, and nothing after it was begun. The rest goes to a new process. No line is ever given twice.
 *
 * Each process is 5 to 10 ms. So what counts on these steps goes with them where it can, and `ip` ends at the first line
 * that fails: nothing is done for something that is not there.
 */
export async function runBatch(
  steps: readonly IpStep[],
  options: BatchOptions = {},
): Promise<Map<string, StepResult>> {
  const { following = [], maxLines = MAX_LINES } = options;
  const results = new Map<string, StepResult>();
  steps.forEach(requireSafe);
  following.forEach(requireSafe);
  const todo = steps.filter(({ key, lines }) => {
    if (lines.length === 0) results.set(key, DONE);
    return lines.length > 0;
  });
  /** Returns of how many, from the first, is known what became of them. */
  const runSome = async (some: readonly IpStep[], strict: boolean): Promise<number> => {
    const batch = composeBatch(some);
    const args = ['-brief', ...(strict ? [] : ['-force']), '-batch', '-'];
    const { messages } = readOutcome(batch, await runTool('ip', args, { stdin: batch.text }), strict);
    messages.forEach((message, i) => {
      const key = some[i]?.key;
      if (key !== undefined) results.set(key, message === null ? DONE : failed(message));
    });
    options.onProgress?.(results.size);
    return messages.length;
  };

  for (const step of todo.filter(({ strict }) => strict)) {
    if (options.stop?.()) return results;
    await runSome([step], true);
  }
  let rest = todo.filter(({ strict }) => !strict);
  const together = takeChunk([...rest, ...following], maxLines);
  if (together.length > rest.length && !options.stop?.()) {
    rest = rest.slice(await runSome(together, true));
  }
  while (rest.length > 0 && !options.stop?.()) {
    rest = rest.slice(await runSome(takeChunk(rest, maxLines), false));
  }
  return results;
}

/** What is wrong with a line was checked where its words came from; this is the last door before the tool. */
function requireSafe({ key, lines }: IpStep): void {
  if (lines.every(isSafe)) return;
  const line = lines.find((one) => !isSafe(one));
  throw new Error(`a line of the step ${key} is not safe for ip -batch: ${JSON.stringify(line)}`);
}

function isSafe(line: string): boolean {
  return SAFE_LINE.test(line);
}

function takeChunk(steps: readonly IpStep[], maxLines: number): IpStep[] {
  let lines = 0;
  let count = 0;
  for (const step of steps) {
    lines += step.lines.length;
    if (count > 0 && lines > maxLines) break;
    count++;
  }
  return steps.slice(0, count);
}
