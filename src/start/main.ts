import { ExitError } from '../cli/exit.ts';
import { processIo } from '../cli/io.ts';
import { reportError } from '../cli/report.ts';
import { INSIDE } from '../cli/sandbox.ts';
import { enterSandbox } from '../sandbox/enter.ts';
import { holdLifeline, isFirstInside } from '../sandbox/lifeline.ts';
import { tour } from './tour.ts';

/** Starts itself again inside of a sandbox, and gives the tour there. */
async function main(argv: string[]): Promise<number> {
  if (argv[0] !== INSIDE) return enterSandbox(process.argv[1] ?? '', [INSIDE, ...argv], 'SIGTERM');
  if (!isFirstInside()) throw new ExitError(64, 'the tour starts by `npm start`');
  holdLifeline();
  // Somebody is there to edit files, and to end it.
  const watched = io.interactive && process.stdout.isTTY === true;
  return tour(argv[1] ?? null, io, watched);
}

const argv = process.argv.slice(2);
const io = processIo(argv);
void main(argv)
  .catch((error: unknown) => reportError(error, io))
  .then((status) => {
    process.exitCode = status;
  });
