import { parseDuration } from '../controller/duration.ts';
import { askAndSay } from './ask.ts';
import { UsageError } from './exit.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** Bytes that the controller takes. */
const REASON_MAX = 500;

/** `plumbline pause [GUEST]`: drift is shown, and not repaired, until it is resumed. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('pause', argv);
  const guest = requireGuestName('pause', options.guest);
  const seconds = options.for === null ? null : parseDuration(options.for);
  if (options.for !== null && seconds === null) {
    throw new UsageError(
      'pause',
      `--for takes 90s, 10m, 2h, 1d or 1h30m, up to a year, not '${options.for}'`,
    );
  }
  if (options.reason !== null && options.reason.length > REASON_MAX) {
    throw new UsageError('pause', `--reason takes at most ${REASON_MAX} characters`);
  }
  return askAndSay({ do: 'pause', guest, seconds, reason: options.reason }, io);
}
