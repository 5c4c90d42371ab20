import { ExitError } from './exit.ts';
import type { Io } from './io.ts';

/** Not written yet. */
export async function run(_argv: string[], _io: Io): Promise<number> {
  throw new ExitError(1, 'plan is not written yet');
}
