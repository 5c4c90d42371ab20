import { isValid, renderCheck, renderCheckJson } from '../render/check.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { readFleet } from './session.ts';

/** `plumbline check [DIR]`: validates the whole fleet, touching nothing. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('check', argv);
  const { loaded, problems } = await readFleet(options, io);
  const { fleet, revision, textOf } = loaded;
  if (options.output === 'json') {
    io.stdout.write(`${JSON.stringify(renderCheckJson(fleet, problems), null, 2)}\n`);
  } else {
    const result = { directory: options.argument, revision, fleet, problems };
    io.stdout.write(await renderCheck(result, { color: io.color, textOf }));
  }
  return isValid(problems) ? EXIT.ok : EXIT.failed;
}
