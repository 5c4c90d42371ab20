import { askOrEnd } from './ask.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline reconcile`: the controller looks at git and at the host now, and this waits until it has. */
export async function run(argv: string[], io: Io): Promise<number> {
  parseOptions('reconcile', argv);
  const { message, status } = await askOrEnd({ do: 'reconcile' }, io);
  const { printable } = await import('../render/printable.ts');
  io.stdout.write(`${printable(status?.headline ?? message ?? 'done', io.unicode)}\n`);
  return status === undefined || status.healthy ? EXIT.ok : EXIT.failed;
}
