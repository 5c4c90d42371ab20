import type { Io } from './io.ts';

/** Says on this host that the guest is about to run here. false where there are no rights to. */
export async function claimForExec(
  _guest: string,
  _options: { directory: string },
  _io: Io,
): Promise<boolean> {
  return false;
}
