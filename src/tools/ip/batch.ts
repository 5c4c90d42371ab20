import { DONE, failed, type StepResult } from '../result.ts';
import { runTool } from '../spawn.ts';
import { type BatchOutcome, composeBatch, readOutcome } from './batch-outcome.ts';

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
}

const MAX_LINES = 2000;
/** One token of ip's batch language, and no more: no quote, comment sign, continuation or line end. */
const SAFE_LINE = /^[\x20-\x7e]*$/;
const UNSAFE_CHARACTER = /["'\\#]/;

/**
 * Carries out the steps in order, strict ones first, by one `ip -batch` for each two thousand lines, and says what became
 * of each.
 *
 * `ip` ends a batch at once at a line that it cannot parse (a master that does not exist, an unknown user), without a
 * line number, and an exit code of 1 can mean that too. So markers stand between the steps, lines that print: `ip`
 * carries out its lines strictly in order, each answered by the kernel before the next is read, hence all before a
 * marker that printed was gone through. Where the last one is missing the batch was cut short, by the line up to which
 * `ip` has taken its input, and nothing after it was begun. The rest goes to a new process. No line is ever given twice.
 */
export async function runBatch(
  steps: readonly IpStep[],
  options: BatchOptions = {},
): Promise<Map<string, StepResult>> {
  const results = new Map<string, StepResult>();
  const todo = steps.filter((step) => {
    for (const line of step.lines) requireSafe(line, step.key);
    if (step.lines.length === 0) results.set(step.key, DONE);
    return step.lines.length > 0;
  });
  for (const step of todo.filter(({ strict }) => strict)) {
    if (options.stop?.()) return results;
    const { messages } = await runOnce(['-brief', '-batch', '-'], [step]);
    const message = messages[0] ?? null;
    results.set(step.key, message === null ? DONE : failed(message));
    options.onProgress?.(results.size);
  }
  let rest = todo.filter(({ strict }) => !strict);
  while (rest.length > 0 && !options.stop?.()) {
    const chunk = takeChunk(rest, options.maxLines ?? MAX_LINES);
    const outcome = await runOnce(['-brief', '-force', '-batch', '-'], chunk);
    chunk.slice(0, outcome.messages.length).forEach((step, i) => {
      const message = outcome.messages[i] ?? null;
      results.set(step.key, message === null ? DONE : failed(message));
    });
    rest = rest.slice(outcome.messages.length);
    options.onProgress?.(results.size);
  }
  return results;
}

async function runOnce(args: readonly string[], steps: readonly IpStep[]): Promise<BatchOutcome> {
  const batch = composeBatch(steps);
  return readOutcome(batch, await runTool('ip', args, { stdin: batch.text }));
}

/** What is wrong with a line was checked where its words came from; this is the last door before the tool. */
function requireSafe(line: string, key: string): void {
  if (SAFE_LINE.test(line) && !UNSAFE_CHARACTER.test(line)) return;
  throw new Error(`a line of the step ${key} is not safe for ip -batch: ${JSON.stringify(line)}`);
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
