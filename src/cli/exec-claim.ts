import { mayChangeLinks } from '../tools/capabilities.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';

/**
 * Says on this host that the guest is about to run here, as `plumbline claim` does; its words go to standard error. false
 * for a user without the rights to: an administrator may have claimed the guest before. Throws ExitError when the claim is
 * refused, or another run has the host.
 */
export async function claimForExec(
  guest: string,
  { directory, host }: { directory: string; host: string },
  io: Io,
): Promise<boolean> {
  const { run } = await import('./claim.ts');
  try {
    return (await run([guest, directory, '--host', host], { ...io, stdout: io.stderr })) === EXIT.ok;
  } catch (error) {
    if (mayChangeLinks()) throw error;
    return false;
  }
}
