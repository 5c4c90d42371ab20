import { askAndSay } from './ask.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline confirm`: what was applied for a trial stays. */
export async function run(argv: string[], io: Io): Promise<number> {
  parseOptions('confirm', argv);
  return askAndSay({ do: 'confirm' }, io);
}
