import { join } from 'node:path';
import { parseDuration } from '../controller/duration.ts';
import { runCommand } from '../migrate/command.ts';
import { ConfigClone } from '../migrate/config-clone.ts';
import { findOrigin } from '../migrate/config-origin.ts';
import { type GuestLock, lockGuest } from '../migrate/guest-lock.ts';
import { Interruption } from '../migrate/interruption.ts';
import { Move, NotMoved } from '../migrate/move.ts';
import { NotEditable } from '../migrate/placement-text.ts';
import { DocumentsVerdict } from '../migrate/refusal.ts';
import { RepositoryTrouble } from '../migrate/repository-trouble.ts';
import { isDocumentName } from '../model/tokens.ts';
import { printable } from '../render/printable.ts';
import { cacheDirectory, runtimeDirectory } from '../tools/directories.ts';
import { cannotRun } from '../tools/in-place.ts';
import { EXIT, ExitError, UsageError } from './exit.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';

/** Seconds that both hosts may take to be ready, a fetch from a far remote by each of them included. */
const TIMEOUT = 300;

/** `plumbline migrate GUEST [DIR] --to HOST -- COMMAND…`: a guest moves, and git tells of each step. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('migrate', argv);
  const guest = requireGuestName('migrate', options.guest) ?? '';
  const to = destinationOf(options);
  const seconds = options.timeout === null ? TIMEOUT : parseDuration(options.timeout);
  if (seconds === null) {
    throw new UsageError('migrate', `--timeout takes 90s, 10m, 2h or 1h30m, not '${options.timeout}'`);
  }
  // Better told before anything is written than after.
  const cannot = cannotRun(options.program[0] ?? '');
  if (cannot !== null) throw new ExitError(cannot.code, `${printable(cannot.why)}: nothing was done`);
  const lock = await lockGuest(runtimeDirectory(io.env), guest);
  if (lock === null) {
    throw new ExitError(
      EXIT.busy,
      `another plumbline migrate of ${guest} runs on this machine, or its command still does`,
    );
  }
  try {
    return await migrate({ ...options, guest, to, timeoutMs: seconds * 1000 }, lock, io);
  } catch (error) {
    const known = [NotMoved, RepositoryTrouble, NotEditable].some((kind) => error instanceof kind);
    if (!known || !(error instanceof Error)) throw error;
    const lines = error.message.split('\n').map((line) => printable(line));
    throw new ExitError(EXIT.failed, lines.join('\n  '));
  } finally {
    lock.release();
  }
}

interface Request extends Options<'migrate'> {
  to: string;
  timeoutMs: number;
}

async function migrate(request: Request, lock: GuestLock, io: Io): Promise<number> {
  const { guest, to, timeoutMs, program, allowIslands } = request;
  const interruption = new Interruption();
  const say = (line: string) => {
    // A terminal that has gone takes no words, and the move is to come to its end all the same.
    if (!interruption.hungUp) io.stderr.write(`${printable(line, io.unicode)}\n`);
  };
  const verdict = new DocumentsVerdict({ guest, to, allowIslands, say });
  let clone: ConfigClone | null = null;
  try {
    const origin = await findOrigin(request.directory);
    clone = await ConfigClone.make(origin, join(runtimeDirectory(io.env), `migrate-${guest}`));
    return await Move.run({
      guest,
      to,
      clone,
      cache: cacheDirectory(io.env),
      timeoutMs,
      interruption,
      refusal: (head) => verdict.refusal(head),
      command: (way) =>
        runCommand({
          words: program,
          way,
          env: io.env,
          lock: lock.descriptor,
          onSignal: (send) => interruption.handOnTo(send),
        }),
      say,
    });
  } finally {
    clone?.remove();
    interruption.close();
  }
}

function destinationOf({ to }: Options<'migrate'>): string {
  if (to === null)
    throw new UsageError('migrate', 'migrate needs --to HOST: the host that the guest goes to');
  if (isDocumentName(to)) return to;
  throw new UsageError('migrate', `'${to}' cannot be the name of a host`);
}
