import { OPTIONS } from './command-options.ts';
import { type ArgumentText, COMMANDS, type CommandName, type CommandText, isCommand } from './commands.ts';
import type { Io } from './io.ts';

/** Whether the terminal's character set is UTF-8. */
type Medium = Pick<Io, 'unicode'>;

/** The first page: what there is, and where to read on. */
export function overview(medium: Medium): string {
  const names = Object.keys(COMMANDS).filter(isCommand);
  const page = `Plumbline makes the networks of this host what git says.

Usage: plumbline COMMAND [OPTIONS]

Commands
${table([...names.map((name): Row => [usageOf(name), COMMANDS[name].summary]), ['help [COMMAND]', 'this text, or a command’s options'], ['--version', 'print the version']], medium)}

Environment
${table(
  [
    ['PLUMBLINE_HOST', 'the host to act as, where --host is not given'],
    ['NO_COLOR', 'no colours'],
    ['STATE_DIRECTORY', 'what is kept (default /var/lib/plumbline)'],
    ['RUNTIME_DIRECTORY', 'the lock (default /run/plumbline)'],
    ['OVS_RUNDIR', 'where Open vSwitch’s socket is, as for its own tools'],
    ['PLUMBLINE_DEBUG', '1: show where in plumbline an unexpected error came from'],
  ],
  medium,
)}

Results go to standard output, diagnostics to standard error. A wrong command line exits 64.
`;
  return inLetters(page, medium);
}

/** One command's page. */
export function commandHelp(name: CommandName, medium: Medium): string {
  const { summary, options, exit } = COMMANDS[name];
  const rows = argumentsOf(name).map((argument): Row => [argument.name, argument.text]);
  for (const key of options) {
    const option = OPTIONS[key];
    const short = 'short' in option ? `-${option.short}, ` : '';
    rows.push([`${short}--${option.flag}${'value' in option ? ` ${option.value}` : ''}`, option.text]);
  }
  const page = `plumbline ${name}: ${summary}

Usage: ${usageWith(name)}

${table(rows, medium)}

Exit status
${table(
  exit.map(([code, text]): Row => [String(code), text]),
  medium,
)}
`;
  return inLetters(page, medium);
}

/** The one line that a usage error shows. */
export function usageLine(name: CommandName | null, medium: Medium): string {
  if (name === null) return "Usage: plumbline COMMAND [OPTIONS]; 'plumbline help' lists the commands.";
  return inLetters(`Usage: ${usageWith(name)}; 'plumbline help ${name}' lists them.`, medium);
}

/** What it is called with, options and what stands behind `--` left out. */
function usageOf(name: CommandName): string {
  const words = argumentsOf(name).map(({ name: word, required, many }) => {
    const text = many ? `${word}…` : word;
    return required ? text : `[${text}]`;
  });
  return [name, ...words].join(' ');
}

/** The whole line, as a person types it. */
function usageWith(name: CommandName): string {
  const { program }: CommandText = COMMANDS[name];
  return `plumbline ${usageOf(name)} [OPTIONS]${program === undefined ? '' : ' -- COMMAND…'}`;
}

function argumentsOf(name: CommandName): ArgumentText[] {
  return Object.values(COMMANDS[name].arguments);
}

type Row = readonly [string, string];

function table(rows: readonly Row[], medium: Medium): string {
  const cells = rows.map(([left, right]) => [inLetters(left, medium), inLetters(right, medium)] as const);
  const width = Math.max(...cells.map(([left]) => left.length));
  return cells.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

/** Our own typography, for a terminal that knows ASCII only in its letters. */
function inLetters(text: string, { unicode }: Medium): string {
  return unicode ? text : text.replaceAll('…', '...').replaceAll('’', "'");
}
