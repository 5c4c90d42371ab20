import { askController, ControllerUnreachable } from '../controller/socket-client.ts';
import { controllerSocket, SocketPathTooLong } from '../controller/socket-path.ts';
import type { Answer, Request } from '../controller/words.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';

export type Granted = Extract<Answer, { ok: true }>;

/** An answer that comes after a run may take as long as that. Milliseconds. */
const RUN_TIMEOUT = 600_000;
const STATUS_TIMEOUT = 30_000;
/** It only takes note, and whoever says it, such as a hook of libvirt's, has a guest that waits. */
const RELEASE_TIMEOUT = 5_000;

/** What the controller answers; null when none runs. Ends the command when it cannot be asked. */
export async function ask(request: Request, io: Io): Promise<Answer | null> {
  const timeoutMs = timeoutOf(request);
  try {
    return await askController(controllerSocket(runtimeDirectory(io.env)), request, { timeoutMs });
  } catch (error) {
    if (!(error instanceof ControllerUnreachable || error instanceof SocketPathTooLong)) throw error;
    throw new ExitError(EXIT.failed, error.message);
  }
}

/** As `ask`; without a controller, or when it refuses, the command ends. */
export async function askOrEnd(request: Request, io: Io): Promise<Granted> {
  const answer = await ask(request, io);
  if (answer === null) {
    throw new ExitError(
      EXIT.noController,
      'no controller runs on this host: nothing was done',
      'plumbline watch DIR starts one; as a service: systemctl start plumbline',
    );
  }
  if (!answer.ok) throw new ExitError(EXIT.failed, answer.message);
  return answer;
}

/** Asks, and says the answer. */
export async function askAndSay(request: Request, io: Io): Promise<number> {
  const { message, status } = await askOrEnd(request, io);
  const { printable } = await import('../render/printable.ts');
  for (const words of [message, status?.headline]) {
    if (words !== undefined) io.stdout.write(`${printable(words, io.unicode)}\n`);
  }
  return EXIT.ok;
}

function timeoutOf(request: Request): number {
  if (request.do === 'status') return STATUS_TIMEOUT;
  return request.do === 'release' ? RELEASE_TIMEOUT : RUN_TIMEOUT;
}
