import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { findProgram, ToolMissing } from './programs.ts';
import { openScratch, positionOf } from './scratch.ts';
import { ToolOutput } from './tool-output.ts';

export interface ToolResult {
  /** 128 + N for a program that signal N ended, as shells count. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** How many bytes of its input it has taken before it ended by itself; null where that is not known. */
  taken: number | null;
}

export interface ToolOptions {
  stdin?: string;
  /** Ends the program by SIGKILL after this long; for tools that may wait for somebody. None if left out. */
  timeoutMs?: number;
  /** Added to our own environment. */
  env?: Record<string, string>;
  /** Is given its output while it works, which then is not in the result. The bytes are overwritten afterwards. */
  onOutput?(bytes: Buffer): void;
  /** A descriptor of ours that the program has as number 3. */
  inherit?: number;
  /** It changes nothing and ends soon: nobody minds if it ends after us, and it starts some milliseconds sooner. */
  harmless?: true;
}

/** A program that did not end in its time. */
export class ToolTimeout extends Error {
  override name = 'ToolTimeout';
  constructor(tool: string, timeoutMs: number) {
    super(`${tool} did not end within ${timeoutMs / 1000} s and was stopped`);
  }
}

/**
 * Runs one program to its end: an argument array, no shell, plain English output. It is in a session of its own, so
 * that Ctrl-C on the terminal is ours to handle between two batches, and the kernel ends it when we end, however that
 * happens (prctl(2) PR_SET_PDEATHSIG, through setpriv) unless it is harmless: a killed run must not leave an `ip` that
 * works on.
 *
 * On node:child_process and not on execa, which costs 27 to 60 ms for the first call of a program (measured, bundled).
 * Throws ToolMissing and ToolTimeout; any exit code is a result.
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const input = options.stdin ? openScratch(options.stdin) : null;
  const output = new ToolOutput(options.onOutput);
  const errors = new ToolOutput();
  try {
    const child = startTool(tool, args, {
      ...options,
      input: options.stdin ? input : 'ignore',
      output: output.descriptor,
      errors: errors.descriptor,
    });
    output.listen(child.stdout);
    errors.listen(child.stderr);
    // A program that ends before it read all of its input breaks the pipe; its exit code says enough.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.stdin ?? '');
    const { exitCode, killed } = await ended(child, tool, options.timeoutMs);
    return {
      exitCode,
      stdout: output.text(),
      stderr: errors.text(),
      taken: input === null || killed ? null : positionOf(input),
    };
  } finally {
    output.close();
    errors.close();
    if (input !== null) closeSync(input);
  }
}

async function ended(
  child: ChildProcess,
  tool: string,
  timeoutMs: number | undefined,
): Promise<{ exitCode: number; killed: boolean }> {
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeoutMs);
  try {
    const end = await new Promise<{ exitCode: number; killed: boolean }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve({ exitCode: code ?? 128 + signalNumber(signal), killed: code === null }),
      );
    });
    if (timedOut) throw new ToolTimeout(tool, timeoutMs ?? 0);
    return end;
  } finally {
    clearTimeout(timer);
  }
}

export interface StartOptions extends Pick<ToolOptions, 'env' | 'inherit' | 'harmless'> {
  /** Descriptors in the place of pipes. */
  input?: number | 'ignore' | null;
  output?: number | null;
  errors?: number | null;
}

/** Starts a program as `runTool` does, for one that is to go on. Throws ToolMissing. */
export function startTool(tool: string, args: readonly string[], options: StartOptions = {}): ChildProcess {
  const program = findProgram(tool);
  if (program === null) throw new ToolMissing(tool);
  const setpriv = options.harmless ? null : findProgram('setpriv');
  const [file, argv] =
    setpriv === null ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]];
  return spawn(file, argv, {
    detached: true,
    env: { ...process.env, ...options.env, LC_ALL: 'C' },
    stdio: [
      options.input ?? 'pipe',
      options.output ?? 'pipe',
      options.errors ?? 'pipe',
      ...(options.inherit === undefined ? [] : [options.inherit]),
    ],
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 0;
}
