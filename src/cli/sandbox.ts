import { buildSandbox } from '../sandbox/build.ts';
import { enterSandbox } from '../sandbox/enter.ts';
import { holdLifeline, isFirstInside } from '../sandbox/lifeline.ts';
import type { CommandName } from './commands.ts';
import { UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { runCommand } from './run-command.ts';

/** The word by which this program starts itself again inside. */
export const INSIDE = '--inside-sandbox';

/** The commands that know --sandbox. */
export type SandboxedCommand = 'plan' | 'apply' | 'watch';

function isSandboxed(word: string | undefined): word is SandboxedCommand {
  return word === 'plan' || word === 'apply' || word === 'watch';
}

/** Outside: checks the words, so that a mistake is told at once, and starts the sandbox. */
export async function runSandboxed(command: CommandName, argv: string[], _io: Io): Promise<number> {
  parseOptions(command, argv);
  const words = argv.filter((word, i) => word !== '--sandbox' || argv.slice(0, i).includes('--'));
  // A controller reads anew on SIGHUP. This one is there for whoever sits at the terminal, and goes with it.
  const onHangup = command === 'watch' ? 'SIGTERM' : 'SIGHUP';
  return enterSandbox(process.argv[1] ?? '', [INSIDE, command, ...words], onHangup);
}

/** Inside: builds what the host's documents take for granted, then runs the command as on any host. */
export async function runInside([command, ...argv]: string[], io: Io): Promise<number> {
  if (!isFirstInside() || !isSandboxed(command)) throw new UsageError(null, `unknown option ${INSIDE}`);
  holdLifeline();
  const options = parseOptions(command, argv);
  const { directory, host } = options;
  const revision = 'revision' in options ? options.revision : null;
  await buildSandbox(
    { directory, host, revision },
    { env: io.env, say: (line) => io.stderr.write(`${line}\n`) },
  );
  return runCommand(command, argv, io);
}
