import { mayChangeLinks } from '../tools/capabilities.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';

/**
 * Says on this host that the guest is about to run here, as `plumbline claim` does; its words go to standard error. false
 * where the user has no rights to, and no controller that listens to this user: an administrator may have claimed the
 * guest before. Throws ExitError when the claim is refused, or another run has the host.
 */
export async function claimForExec(
  guest: string,
  { directory, host }: { directory: string; host: string },
  io: Io,
): Promise<boolean> {
  if (!mayChangeLinks()) return claimByController(guest, io);
  const { run } = await import('./claim.ts');
  return (await run([guest, directory, '--host', host], { ...io, stdout: io.stderr })) === EXIT.ok;
}

async function claimByController(guest: string, io: Io): Promise<boolean> {
  const [{ ask }, { CLAIM_SECONDS }] = await Promise.all([
    import('./ask.ts'),
    import('../controller/claims.ts'),
  ]);
  const answer = await ask({ do: 'claim', guest, seconds: CLAIM_SECONDS }, io).catch((error: unknown) => {
    if (error instanceof ExitError) return null;
    throw error;
  });
  if (answer?.ok === false) throw new ExitError(EXIT.failed, answer.message);
  return answer !== null;
}
