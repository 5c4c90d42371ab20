import { CLAIM_SECONDS, LONGEST_CLAIM } from '../controller/claims.ts';
import { parseDuration } from '../controller/duration.ts';
import { ask } from './ask.ts';
import { EXIT, ExitError, UsageError } from './exit.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/**
 * `plumbline claim GUEST [DIR]`: it is about to run here, whatever git says so far. Ends when its devices are ready: a
 * controller makes them, and where none runs this command.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('claim', argv);
  const guest = requireGuestName('claim', options.guest) ?? '';
  const seconds = options.for === null ? CLAIM_SECONDS : parseDuration(options.for);
  if (seconds === null || seconds > LONGEST_CLAIM) {
    throw new UsageError('claim', `--for takes 90s, 10m or 2h, up to a day, not '${options.for}'`);
  }
  const answer = await ask({ do: 'claim', guest, seconds }, io);
  if (answer === null) {
    const { claimAlone } = await import('./claim-alone.ts');
    return claimAlone(guest, seconds, options, io);
  }
  if (!answer.ok) throw new ExitError(EXIT.failed, answer.message);
  const { printable } = await import('../render/printable.ts');
  io.stdout.write(`${printable(answer.message ?? '', io.unicode)}\n`);
  return EXIT.ok;
}
