import { runConfirmTimer } from '../controller/safety/confirm-timer.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';

/** `plumbline --confirm-timer`: what an `apply --confirm` starts beside itself; nobody types it. */
export async function run(_argv: string[], io: Io): Promise<number> {
  await runConfirmTimer(io.env);
  return EXIT.ok;
}
