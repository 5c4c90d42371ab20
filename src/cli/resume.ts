import { askAndSay } from './ask.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline resume [GUEST]`: ends a pause, and repairs what has drifted meanwhile. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { guest } = parseOptions('resume', argv);
  return askAndSay({ do: 'resume', guest: requireGuestName('resume', guest) }, io);
}
