import { OPTIONS } from './command-options.ts';
import { type ArgumentText, COMMANDS, type CommandName, type CommandText, isCommand } from './commands.ts';

/** The first page: what there is, and where to read on. */
export function overview(): string {
  const names = Object.keys(COMMANDS).filter(isCommand);
  return `Plumbline makes the networks of this host what git says.

Usage: plumbline COMMAND [OPTIONS]

Commands
${table([...names.map((name): Row => [usageOf(name), COMMANDS[name].summary]), ['help [COMMAND]', 'this text, or a command’s options'], ['--version', 'print the version']])}

Environment
${table([
  ['PLUMBLINE_HOST', 'the host to act as, where --host is not given'],
  ['NO_COLOR', 'no colours'],
  ['STATE_DIRECTORY', 'what is kept (default /var/lib/plumbline)'],
  ['RUNTIME_DIRECTORY', 'the lock (default /run/plumbline)'],
  ['OVS_RUNDIR', 'where Open vSwitch’s socket is, as for its own tools'],
  ['PLUMBLINE_DEBUG', '1: show where in plumbline an unexpected error came from'],
])}

Results go to standard output, diagnostics to standard error. A wrong command line exits 64.
`;
}

/** One command's page. */
export function commandHelp(name: CommandName): string {
  const { summary, options, exit } = COMMANDS[name];
  const rows = argumentsOf(name).map((argument): Row => [argument.name, argument.text]);
  for (const key of options) {
    const option = OPTIONS[key];
    const short = 'short' in option ? `-${option.short}, ` : '';
    rows.push([`${short}--${option.flag}${'value' in option ? ` ${option.value}` : ''}`, option.text]);
  }
  return `plumbline ${name}: ${summary}

Usage: ${usageWith(name)}

${table(rows)}

Exit status
${table(exit.map(([code, text]): Row => [String(code), text]))}
`;
}

/** The one line that a usage error shows. */
export function usageLine(name: CommandName | null): string {
  if (name === null) return "Usage: plumbline COMMAND [OPTIONS]; 'plumbline help' lists the commands.";
  return `Usage: ${usageWith(name)}; 'plumbline help ${name}' lists them.`;
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

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
