import { ProblemsError } from '../model/problem.ts';
import { isValid, renderCheck, renderCheckJson } from '../render/check.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { readFleet } from './session.ts';

/** `plumbline check [DIR]`: validates the whole fleet, touching nothing. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('check', argv);
  const json = options.output === 'json';
  const { loaded, problems } = await readFleet(options, io).catch((error: unknown) => {
    // Whoever asked for JSON gets it, also when there was nothing to read.
    if (json && error instanceof ProblemsError) return { loaded: null, problems: error.problems };
    throw error;
  });
  if (json || loaded === null) {
    io.stdout.write(`${JSON.stringify(renderCheckJson(loaded?.fleet ?? null, problems), null, 2)}\n`);
  } else {
    const result = { directory: options.directory, revision: loaded.revision, fleet: loaded.fleet, problems };
    io.stdout.write(
      await renderCheck(result, { color: io.color, unicode: io.unicode, textOf: loaded.textOf }),
    );
  }
  return isValid(problems) ? EXIT.ok : EXIT.failed;
}
