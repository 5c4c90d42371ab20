import { EXIT } from './exit.ts';

/** What a command may touch of the process that it runs in. */
export interface Io {
  /** Results. */
  stdout: NodeJS.WritableStream;
  /** Progress and diagnostics. */
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  /** Whether results may be coloured: --no-color, NO_COLOR, FORCE_COLOR, TERM and the terminal are all looked at. */
  color: boolean;
  /** The same for standard error. */
  errorColor: boolean;
  /** Whether a person watches standard error, so that progress may be shown and overwritten. */
  interactive: boolean;
  /** Whether results may hold more than ASCII: a terminal's character set is asked, a pipe takes UTF-8. */
  unicode: boolean;
  /** Columns of the terminal that shows results; Infinity when there is none. */
  width: number;
}

/** The real process. `argv` is looked at for `--no-color` only, so that an error in its use is coloured right as well. */
export function processIo(argv: readonly string[]): Io {
  const { stdout, stderr, env } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => tellLostOutput(error, stderr));
  // Where nothing can be said of it, the exit status still tells how the work went.
  stderr.on('error', () => {});
  const plain = optionsOf(argv).includes('--no-color');
  return {
    stdout,
    stderr,
    env,
    color: !plain && mayColor(stdout.isTTY, env),
    errorColor: !plain && mayColor(stderr.isTTY, env),
    interactive: stderr.isTTY === true && env.TERM !== 'dumb',
    unicode: !stdout.isTTY || isUtf8(env),
    // A terminal that does not know its size says 0.
    width: (stdout.isTTY && stdout.columns) || Number.POSITIVE_INFINITY,
  };
}

/** The words before a `--`. */
export function optionsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

/** no-color.org: NO_COLOR counts unless empty. FORCE_COLOR is Node's word for the contrary. */
export function mayColor(isTerminal: boolean | undefined, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal === true && env.TERM !== 'dumb';
}

/** locale(7): the first of these that is set and not empty decides. */
function isUtf8(env: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

/**
 * Output that is lost ends the output, not the work: an apply goes on to its end. A reader that left (`| head`) wanted
 * no more of it, and the exit status says how the work went; whoever gets less than was asked for otherwise, such as on
 * a full disk, is told, and the status is no success.
 */
function tellLostOutput(error: NodeJS.ErrnoException, stderr: NodeJS.WritableStream): void {
  if (error.code === 'EPIPE') return;
  stderr.write(`plumbline: cannot write to standard output: ${error.message}\n`);
  process.once('exit', (status) => {
    if (status === EXIT.ok) process.exitCode = EXIT.failed;
  });
}
