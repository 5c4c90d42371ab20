import { readHistory } from '../controller/history.ts';
import { stateDirectory } from '../tools/directories.ts';
import { EXIT, UsageError } from './exit.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

const DEFAULT_LIMIT = 20;

/** `plumbline history`: the runs that changed something, oldest first. Needs no controller. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('history', argv);
  const guest = requireGuestName('history', options.guest);
  const limit = options.number === null ? DEFAULT_LIMIT : limitOf(options.number);
  const { runs, unreadable } = readHistory(stateDirectory(io.env), { limit, guest });
  if (unreadable > 0) {
    io.stderr.write(`${unreadable} lines of the history are torn, and left out\n`);
  }
  if (options.output === 'json') {
    const { recordJson } = await import('../controller/history-line.ts');
    io.stdout.write(`${JSON.stringify({ version: 1, runs: runs.map(recordJson) }, null, 2)}\n`);
    return EXIT.ok;
  }
  const { renderHistoryText } = await import('../render/history-text.ts');
  const { color, unicode, width } = io;
  io.stdout.write(renderHistoryText(runs, { color, unicode, width, guest }));
  return EXIT.ok;
}

function limitOf(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError('history', `--number takes a whole number from 1, not '${text}'`);
}
