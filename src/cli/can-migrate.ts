import { canBeOn } from '../placement/where.ts';
import { whereJson } from '../render/where-json.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { openPlacement, requireGuest, requireHost } from './placement.ts';

/** `plumbline can-migrate GUEST HOST [DIR]`: whether a guest can be on a host; for scripts, by the exit status. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('can-migrate', argv);
  const { view } = await openPlacement(options, io);
  const guest = requireGuest(view, options.guest);
  const host = requireHost(view, options.target);
  const found = canBeOn(view, guest, host, options.allowIslands);
  if (options.output === 'json') {
    io.stdout.write(`${JSON.stringify(whereJson(guest.name, [found]), null, 2)}\n`);
  } else {
    const { renderCanMigrate } = await import('../render/where-text.ts');
    io.stdout.write(renderCanMigrate(guest, found, io));
  }
  return found.verdict === 'no' ? EXIT.failed : EXIT.ok;
}
