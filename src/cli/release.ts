import { endClaim } from '../controller/claims.ts';
import { ReleaseFailed, releaseGuest } from '../run/release.ts';
import { messageOf } from '../tools/result.ts';
import { EXIT, ExitError } from './exit.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline release GUEST`: it has gone to another host, so its devices here go down, before anything else is done. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('release', argv);
  const guest = requireGuestName('release', options.guest) ?? '';
  // Not after: a controller that sees a claimed device go down raises it again.
  const claimed = unclaimed(guest, io);
  const devices = await released(guest);
  for (const device of devices) io.stdout.write(`${device} is down\n`);
  if (claimed) io.stdout.write(`the claim of ${guest} is ended\n`);
  await tellController(guest, io);
  if (devices.length > 0 || claimed) return EXIT.ok;
  throw new ExitError(EXIT.failed, `guest ${guest} has no device here: nothing was done`);
}

/** What is in the way of that is no reason to leave the devices up. */
function unclaimed(guest: string, io: Io): boolean {
  try {
    return endClaim(io.env, guest);
  } catch (error) {
    io.stderr.write(`plumbline: the claim of ${guest} may hold on: ${messageOf(error)}\n`);
    return false;
  }
}

async function released(guest: string): Promise<string[]> {
  try {
    return await releaseGuest(guest);
  } catch (error) {
    if (!(error instanceof ReleaseFailed)) throw error;
    throw new ExitError(EXIT.failed, error.message);
  }
}

/** Now there is time: it looks at what is left to do. One that does not answer finds it out by itself. */
async function tellController(guest: string, io: Io): Promise<void> {
  const { ask } = await import('./ask.ts');
  await ask({ do: 'release', guest }, io).catch((error: unknown) => {
    io.stderr.write(`plumbline: ${messageOf(error)}\n`);
  });
}
