import { ProblemsError } from '../model/problem.ts';
import { NoSandbox, SandboxBroken } from '../sandbox/isolation.ts';
import { isMachineError } from '../tools/machine-error.ts';
import { isCommand } from './commands.ts';
import { EXIT, ExitError, UsageError } from './exit.ts';
import type { Io } from './io.ts';

/** Tells why a command ended, on standard error, and returns the exit status. */
export async function reportError(error: unknown, io: Io): Promise<number> {
  if (error instanceof ProblemsError) {
    const { renderProblems } = await import('../render/problems.ts');
    io.stderr.write(await renderProblems(error.problems, { color: io.errorColor, unicode: io.unicode }));
    return EXIT.failed;
  }
  if (error instanceof ExitError) {
    if (error.message) io.stderr.write(`plumbline: ${error.message}\n`);
    if (error.hint) io.stderr.write(`  ${error.hint}\n`);
    if (error instanceof UsageError) {
      const { usageLine } = await import('./help.ts');
      const command = error.command !== null && isCommand(error.command) ? error.command : null;
      io.stderr.write(`${usageLine(command, io)}\n`);
    }
    return error.code;
  }
  if (isMachineError(error) || error instanceof NoSandbox || error instanceof SandboxBroken) {
    io.stderr.write(`plumbline: ${error.message}\n`);
    return EXIT.failed;
  }
  const words = error instanceof Error ? error.message : String(error);
  io.stderr.write(`plumbline: a bug in plumbline: ${words.split('\n', 1)[0]}\n`);
  if (io.env.PLUMBLINE_DEBUG === '1' && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
  else io.stderr.write('  PLUMBLINE_DEBUG=1 shows where; please report it with that\n');
  return EXIT.bug;
}
