import { nearest } from '../model/nearest.ts';
import { VERSION } from '../model/version.ts';
import { COMMANDS, isCommand } from './commands.ts';
import { EXIT, UsageError } from './exit.ts';
import { type Io, optionsOf, processIo } from './io.ts';
import { runCommand } from './run-command.ts';

async function dispatch(argv: string[], io: Io): Promise<number> {
  const [word, ...rest] = joined(argv);
  if (word === undefined) throw new UsageError(null, 'no command was given');
  if (word === '--version' || word === '-V') return say(io, `plumbline ${VERSION}\n`);
  if (word === '--help' || word === '-h') return help([], io);
  if (word === 'help') return help(rest, io);
  // The sandbox starts this program again inside of it, by a word that stands in no help.
  if (word === '--inside-sandbox') return (await import('./sandbox.ts')).runInside(rest, io);
  // And an `apply --confirm` starts it as the timer that takes the change back.
  if (word === '--confirm-timer') return (await import('./confirm-timer.ts')).run([], io);
  // An `exec` leaves to another process what it need not keep in memory.
  if (word === '--exec-devices') return (await import('./exec-devices.ts')).run(rest, io);
  if (!isCommand(word)) throw unknownWord(word);
  if (optionsOf(rest).some((option) => option === '--help' || option === '-h')) return help([word], io);
  if (optionsOf(rest).includes('--sandbox'))
    return (await import('./sandbox.ts')).runSandboxed(word, rest, io);
  return runCommand(word, rest, io);
}

/** Commands of two words count as one. */
function joined(argv: readonly string[]): readonly string[] {
  const [first = '', second = '', ...rest] = argv;
  const both = `${first} ${second}`;
  return isCommand(both) ? [both, ...rest] : argv;
}

async function help(words: readonly string[], io: Io): Promise<number> {
  const { commandHelp, overview } = await import('./help.ts');
  const word = joined(words)[0];
  if (word === undefined) return say(io, overview(io));
  if (!isCommand(word)) throw unknownWord(word);
  return say(io, commandHelp(word, io));
}

function say(io: Io, text: string): number {
  io.stdout.write(text);
  return EXIT.ok;
}

function unknownWord(word: string): UsageError {
  if (word.startsWith('-'))
    return new UsageError(null, `'${word}' stands where a command is due`, 'options follow it');
  const all = Object.keys(COMMANDS);
  const first = all.filter((name) => name.startsWith(`${word} `));
  if (first.length > 0)
    return new UsageError(null, `'${word}' is half a command`, `say ${first.join(' or ')}`);
  const meant = nearest(word, all);
  return new UsageError(null, `there is no command '${word}'`, meant && `did you mean 'plumbline ${meant}'?`);
}

async function report(error: unknown, io: Io): Promise<number> {
  const { reportError } = await import('./report.ts');
  return reportError(error, io);
}

const argv = process.argv.slice(2);
const io = processIo(argv);
void dispatch(argv, io)
  .catch((error: unknown) => report(error, io))
  .then(async (status) => {
    process.exitCode = status;
    await written(process.stdout);
    // What went wrong with that is told a turn later.
    await new Promise(setImmediate);
    await written(process.stderr);
    // Nothing is left to do, and without a word Node would give back its memory piece by piece before it ends.
    process.exit();
  });

/** What was written to a slow pipe must reach it. Whoever left it wants no more. */
function written(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0 || stream.errored !== null) return undefined;
  return new Promise((resolve) => stream.write('', () => resolve()));
}
