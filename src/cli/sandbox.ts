import { ExitError } from './exit.ts';
import type { Io } from './io.ts';

export async function runSandboxed(_command: string, _argv: string[], _io: Io): Promise<number> {
  throw new ExitError(1, '--sandbox is not written yet');
}

export async function runInside(_argv: string[], _io: Io): Promise<number> {
  throw new ExitError(1, '--sandbox is not written yet');
}
