import type { ToolResult } from '../spawn.ts';

/** One line of `ip -brief link show dev lo`. */
const MARKER = /^lo\s/;
/** Lines are counted as they stand in the input, comments and markers included. */
const COMMAND_FAILED = /^Command failed -:(\d+)$/;
/** iproute2 relays the kernel's extended acknowledgements of calls that succeeded under this word. */
const WARNING = /^Warning:/;
const USAGE = /^(Usage:|Try )/;

export interface BatchOutcome {
  /**
   * For each step that the process came to, in order: null where all lines succeeded, else ip's words for the first
   * that did not. The last one is the step that cut the batch short, where it is shorter than the steps.
   */
  messages: (string | null)[];
}

/** Reads what one `ip -brief -force -batch` said of steps of so many lines, each followed by a marker. */
export function readOutcome(lineCounts: readonly number[], result: ToolResult): BatchOutcome {
  const markers = result.stdout.split('\n').filter((line) => MARKER.test(line)).length;
  const passed = Math.min(markers, lineCounts.length);
  const messages: (string | null)[] = Array.from({ length: passed }, () => null);
  const stepOfLine = lineOwners(lineCounts);

  let words: string[] = [];
  for (const line of result.stderr.split('\n')) {
    const failure = COMMAND_FAILED.exec(line);
    if (failure === null) {
      if (line.trim() !== '' && !WARNING.test(line)) words.push(line.trim());
      continue;
    }
    const step = stepOfLine[Number(failure[1]) - 1];
    if (step !== undefined && step <= passed) messages[step] ??= sentence(words, result);
    words = [];
  }
  // What is left belongs to the line that ended the process.
  if (passed < lineCounts.length) messages[passed] ??= sentence(words, result);
  return { messages };
}

/** The step of each physical line. */
function lineOwners(lineCounts: readonly number[]): number[] {
  const owners: number[] = [];
  lineCounts.forEach((count, step) => {
    for (let line = 0; line <= count; line++) owners.push(step);
  });
  return owners;
}

function sentence(words: readonly string[], result: ToolResult): string {
  const usage = words.findIndex((word) => USAGE.test(word));
  const said = usage < 0 ? words : words.slice(0, usage);
  if (said.length > 0) return said.slice(0, 3).join('; ').slice(0, 500);
  return result.exitCode > 128
    ? `ip was ended by signal ${result.exitCode - 128}; what it was doing may be done or not`
    : `ip gave up without a word (exit code ${result.exitCode})`;
}
