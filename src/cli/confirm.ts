import { Confirmation } from '../controller/safety/confirmation.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline confirm`: what an `apply --confirm` has made stays, wherever that was typed. */
export async function run(argv: string[], io: Io): Promise<number> {
  parseOptions('confirm', argv);
  const confirmed = new Confirmation(runtimeDirectory(io.env)).keep();
  switch (confirmed.is) {
    case 'kept':
      io.stdout.write('Confirmed: it stays\n');
      return EXIT.ok;
    case 'going-back':
      throw new ExitError(EXIT.failed, 'too late: this host is on its way back to the state before');
    case 'nothing': {
      const { last } = confirmed;
      const words = {
        kept: 'confirmed',
        'taken-back': 'taken back',
        'not-taken-back': 'not taken back whole',
      };
      const hint = last === null ? null : `the last apply --confirm was ${words[last.is]} at ${last.at}`;
      throw new ExitError(EXIT.failed, 'nothing waits to be confirmed', hint);
    }
  }
}
