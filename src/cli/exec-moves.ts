import { endClaim } from '../controller/claims.ts';
import { askController } from '../controller/socket-client.ts';
import { controllerSocket } from '../controller/socket-path.ts';
import type { MigrationActs } from '../run/exec/follow-migration.ts';
import { MigrationFollower } from '../run/exec/follow-migration.ts';
import { raiseGuest, releaseGuest } from '../run/release.ts';
import { mayChangeLinks } from '../tools/capabilities.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { isQmpPath } from '../tools/qmp.ts';
import { EXIT, ExitError, UsageError } from './exit.ts';
import type { Io } from './io.ts';

/** `--qmp SOCKET`: what is loaded before the program starts, as nothing may take long when its guest leaves. */
export function prepareToFollow(guest: string, path: string, io: Io): () => MigrationFollower {
  if (!isQmpPath(path)) {
    throw new UsageError('exec', '--qmp takes the path of a unix socket, of at most 107 bytes');
  }
  if (!mayChangeLinks()) {
    throw new ExitError(
      EXIT.notStarted,
      'nothing was started: --qmp sets devices down when the guest leaves, and that takes root (CAP_NET_ADMIN)',
    );
  }
  const acts: MigrationActs = {
    async release() {
      // Not after: a controller that sees a claimed device go down raises it again.
      endClaim(io.env, guest);
      const devices = await releaseGuest(guest);
      await tellController(guest, io);
      return devices;
    },
    raise: () => raiseGuest(guest),
    say: (words) => void io.stderr.write(`plumbline: guest ${guest}: ${words}\n`),
  };
  return () => new MigrationFollower(path, acts);
}

/** It looks at what is left to do. One that is not there, or does not answer, finds it out by itself. */
async function tellController(guest: string, { env }: Io): Promise<void> {
  const request = { do: 'release', guest } as const;
  await askController(controllerSocket(runtimeDirectory(env)), request, { timeoutMs: 5_000 }).catch(() => {});
}
