import type { ToolResult } from '../spawn.ts';

/** `lo` is in every namespace, and no line of ours renames it. */
const MARK = 'link show dev lo\n';
/** What it prints with `-brief`. */
const MARKED = /^lo\s/;
/**
 * A marker takes the kernel 16 µs and more while others are at the links too, a tenth of what it takes to make one: so
 * not every step has one. Where `ip` is killed and cannot say how far it came, so many are in doubt.
 */
const STEPS_TO_A_MARKER = 20;
/** Lines are counted as they stand in the input, comments and markers included. */
const COMMAND_FAILED = /^Command failed -:(\d+)$/;
/** iproute2 relays the kernel's extended acknowledgements of calls that succeeded under this word. */
const WARNING = /^Warning:/;
const USAGE = /^(Usage:|Try )/;

/** The input of one process, and what stands where in it. */
export interface Batch {
  text: string;
  steps: number;
  /** The step of each physical line. */
  stepOfLine: number[];
  /** Where each line ends, in bytes. */
  lineEnds: number[];
  /** How many steps are through when the first marker prints, the second … */
  marks: number[];
}

export interface BatchOutcome {
  /**
   * For each step that the process came to, in order: null where all lines succeeded, else ip's words for the first
   * that did not. The last one is the step that cut the batch short, where it is shorter than the steps.
   */
  messages: (string | null)[];
}

/** The steps from `at` to `until`, one of which it was. */
interface Culprit {
  at: number;
  until: number;
}

/** Lines are ASCII, so that a character is a byte. */
export function composeBatch(steps: readonly { lines: readonly string[] }[]): Batch {
  const batch: Batch = { text: '', steps: steps.length, stepOfLine: [], lineEnds: [], marks: [] };
  const add = (line: string, step: number) => {
    batch.text += line;
    batch.stepOfLine.push(step);
    batch.lineEnds.push(batch.text.length);
  };
  steps.forEach(({ lines }, step) => {
    for (const line of lines) add(`${line}\n`, step);
    if ((step + 1) % STEPS_TO_A_MARKER !== 0 && step + 1 < steps.length) return;
    add(MARK, step);
    batch.marks.push(step + 1);
  });
  return batch;
}

/** Reads what one `ip -brief -batch` said of a batch; `strict` is one without `-force`, which ends at the first failure. */
export function readOutcome(batch: Batch, result: ToolResult, strict: boolean): BatchOutcome {
  const { stepOfLine, marks } = batch;
  const printed = result.stdout.split('\n').filter((line) => MARKED.test(line)).length;
  const sure = marks[Math.min(printed, marks.length) - 1] ?? 0;
  const refused = strict ? lastRefused(batch, result) : null;
  const culprit =
    sure === batch.steps ? null : (refused ?? culpritOf(batch, sure, marks[printed] ?? batch.steps, result));
  const messages: (string | null)[] = Array.from({ length: culprit?.at ?? sure }, () => null);

  let words: string[] = [];
  for (const line of result.stderr.split('\n')) {
    const failure = COMMAND_FAILED.exec(line);
    if (failure === null) {
      if (line.trim() !== '' && !WARNING.test(line)) words.push(line.trim());
      continue;
    }
    const step = stepOfLine[Number(failure[1]) - 1];
    if (step !== undefined && (culprit === null || step <= culprit.until))
      messages[step] ??= sentence(words, result);
    words = [];
  }
  // What is left belongs to the line that ended the process.
  if (culprit !== null) {
    for (let step = culprit.at; step <= culprit.until; step++) messages[step] ??= sentence(words, result);
  }
  return { messages };
}

/** The step of the line that the kernel refused; null where none was. */
function lastRefused({ stepOfLine }: Batch, { stderr }: ToolResult): Culprit | null {
  const line = stderr.split('\n').findLast((text) => COMMAND_FAILED.test(text)) ?? '';
  const step = stepOfLine[Number(COMMAND_FAILED.exec(line)?.[1]) - 1];
  return step === undefined ? null : { at: step, until: step };
}

/**
 * The step that cut a batch short, somewhere after `sure` and before `end`: that of the line up to which the input was
 * taken. A program that was killed does not say: then each of these steps may be done or not.
 */
function culpritOf(batch: Batch, sure: number, end: number, { taken }: ToolResult): Culprit {
  const line = taken === null ? -1 : batch.lineEnds.indexOf(taken);
  const step = batch.stepOfLine[line] ?? -1;
  return step >= sure && step < end ? { at: step, until: step } : { at: sure, until: end - 1 };
}

function sentence(words: readonly string[], result: ToolResult): string {
  const usage = words.findIndex((word) => USAGE.test(word));
  const said = usage < 0 ? words : words.slice(0, usage);
  if (said.length > 0) return said.slice(0, 3).join('; ').slice(0, 500);
  return result.exitCode > 128
    ? `ip was ended by signal ${result.exitCode - 128}; what it was doing may be done or not`
    : `ip gave up without a word (exit code ${result.exitCode})`;
}
