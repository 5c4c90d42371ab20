import type { Status } from '../model/status.ts';
import { ask } from './ask.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';

/** Between two looks of `--watch`. Milliseconds. */
const EVERY = 2000;
/** Home, and erase to the end of the screen (ECMA-48 CUP, ED): no flicker as by erasing first. */
const HOME = '\x1b[H';
const ERASE_BELOW = '\x1b[J';
const ERASE_RIGHT = '\x1b[K';

/** `plumbline status`: from the controller; where none runs, from the host and the documents alone. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('status', argv);
  if (!options.watch) return show(await readStatus(options, io), options, io, false);
  const ended = new Promise<true>((resolve) => process.once('SIGINT', () => resolve(true)));
  const redraw = process.stdout.isTTY === true && options.output === 'text';
  if (redraw) io.stdout.write(HOME + ERASE_BELOW);
  for (;;) {
    const code = await look(options, io, redraw);
    // Ctrl-C is how it ends: what was last seen says how it went.
    if (await interrupted(ended)) return code;
  }
}

/** A controller that is being started anew is no reason to end. */
async function look(options: Options<'status'>, io: Io, redraw: boolean): Promise<number> {
  try {
    return await show(await readStatus(options, io), options, io, redraw);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    io.stderr.write(`plumbline: ${error.message}\n`);
    return error.code;
  }
}

/** Waits for the next look; true when Ctrl-C came first. */
async function interrupted(ended: Promise<true>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, EVERY, false);
  });
  try {
    return await Promise.race([ended, waited]);
  } finally {
    clearTimeout(timer);
  }
}

async function readStatus(options: Options<'status'>, io: Io): Promise<Status> {
  const answer = await ask({ do: 'status' }, io);
  if (answer === null) {
    const { statusWithoutController } = await import('./status-alone.ts');
    return statusWithoutController({ directory: options.directory, host: options.host }, io);
  }
  if (!answer.ok) throw new ExitError(EXIT.failed, answer.message);
  if (answer.status === undefined) throw new ExitError(EXIT.failed, 'the controller told no status');
  return answer.status;
}

async function show(status: Status, options: Options<'status'>, io: Io, redraw: boolean): Promise<number> {
  if (options.output === 'json') {
    // A line each while watching, so that a program can read them.
    io.stdout.write(`${JSON.stringify(status, null, options.watch ? 0 : 2)}\n`);
  } else {
    const { renderStatusText } = await import('../render/status-text.ts');
    const { color, unicode, width } = io;
    const height = (process.stdout.isTTY && process.stdout.rows) || Number.POSITIVE_INFINITY;
    const text = renderStatusText(status, { color, unicode, width, height, now: Date.now() });
    io.stdout.write(redraw ? HOME + text.replaceAll('\n', `${ERASE_RIGHT}\n`) + ERASE_BELOW : text);
  }
  if (!status.controller) return EXIT.noController;
  return status.healthy ? EXIT.ok : EXIT.failed;
}
