import { parseArgs } from 'node:util';
import { nearest } from '../model/nearest.ts';
import { OPTIONS, type OptionName } from './command-options.ts';
import { type ArgumentText, COMMANDS, type CommandName, type CommandText } from './commands.ts';
import { UsageError } from './exit.ts';

/** Loaded with all else that a command needs, and not when it is first called: see load.cjs. */
const parseWords = parseArgs;

type Value<N extends OptionName> = (typeof OPTIONS)[N] extends { choices: readonly (infer C)[] }
  ? C
  : (typeof OPTIONS)[N] extends { value: string }
    ? string | null
    : boolean;

type Word<A> = A extends { many: true }
  ? string[]
  : A extends { required: true } | { default: string }
    ? string
    : string | null;

type Arguments<C extends CommandName> = {
  -readonly [N in keyof (typeof COMMANDS)[C]['arguments']]: Word<(typeof COMMANDS)[C]['arguments'][N]>;
};

/** What a command was given: its arguments and options by name, a choice's first value where left out. */
export type Options<C extends CommandName> = {
  [N in (typeof COMMANDS)[C]['options'][number]]: Value<N>;
} & Arguments<C> &
  ((typeof COMMANDS)[C] extends { program: string } ? { program: string[] } : unknown);

/**
 * Reads a command's words. Throws UsageError for what the command does not know, a missing or impossible value, or a
 * word too many.
 */
export function parseOptions<C extends CommandName>(command: C, argv: readonly string[]): Options<C> {
  const names: readonly OptionName[] = COMMANDS[command].options;
  const { tokens } = parseWords({
    args: [...argv],
    options: Object.fromEntries(names.map((name) => [OPTIONS[name].flag, argsConfig(name)])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });

  const values: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, unset(name)]));
  const words: string[] = [];
  const program: string[] = [];
  const text: CommandText = COMMANDS[command];
  let behind = false;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') behind = text.program !== undefined;
    if (token.kind === 'positional') (behind ? program : words).push(token.value);
    if (token.kind !== 'option') continue;
    const name = names.find((known) => OPTIONS[known].flag === token.name);
    if (name === undefined) throw unknownOption(command, names, token.rawName);
    values[name] = optionValue(command, name, token);
  }
  if (text.program !== undefined && program.length === 0) {
    throw new UsageError(command, `${command} needs ${text.program} behind --`);
  }
  // The tables give each name its type; every one of them is filled in.
  return { ...values, ...argumentsOf(command, words), ...(behind && { program }) } as Options<C>;
}

/** Throws UsageError for a word that is missing, empty or too many. */
function argumentsOf(command: CommandName, words: readonly string[]): Record<string, unknown> {
  const known: [string, ArgumentText][] = Object.entries(COMMANDS[command].arguments);
  const given: Record<string, unknown> = {};
  let at = 0;
  for (const [name, argument] of known) {
    const taken = argument.many ? words.slice(at) : words.slice(at, at + 1);
    at += taken.length;
    if (taken.includes('')) throw new UsageError(command, `${argument.name} is empty`);
    if (argument.required && taken.length === 0)
      throw new UsageError(command, `${command} needs ${argument.name}: ${argument.text}`);
    given[name] = argument.many ? taken : (taken[0] ?? argument.default ?? null);
  }
  const tooMany = words[at];
  if (tooMany === undefined) return given;
  const most = known.length === 0 ? 'no argument' : known.map(([, { name }]) => `one ${name}`).join(' and ');
  throw new UsageError(command, `${command} takes ${most}, but '${tooMany}' was given too`);
}

function argsConfig(name: OptionName): { type: 'string' | 'boolean'; short?: string } {
  const option = OPTIONS[name];
  const type = 'value' in option ? 'string' : 'boolean';
  return 'short' in option ? { type, short: option.short } : { type };
}

function unset(name: OptionName): string | boolean | null {
  const option = OPTIONS[name];
  if ('choices' in option) return option.choices[0];
  return 'value' in option ? null : false;
}

function optionValue(
  command: CommandName,
  name: OptionName,
  token: { rawName: string; value: string | undefined; inlineValue: boolean | undefined },
): string | boolean {
  const option = OPTIONS[name];
  if (!('value' in option)) {
    if (token.value === undefined) return true;
    throw new UsageError(command, `${token.rawName} takes no value, but '${token.value}' was given`);
  }
  // An option where a value was due is a forgotten value far more often than a value that begins with a dash.
  if (
    token.value === undefined ||
    token.value === '' ||
    (!token.inlineValue && token.value.startsWith('-'))
  ) {
    throw new UsageError(command, `${token.rawName} needs a value: ${token.rawName} ${option.value}`);
  }
  if ('choices' in option && !option.choices.some((choice) => choice === token.value)) {
    const meant = nearest(token.value, option.choices);
    throw new UsageError(
      command,
      `${token.rawName} is ${option.choices.join(' or ')}, not '${token.value}'`,
      meant && `did you mean ${token.rawName} ${meant}?`,
    );
  }
  return token.value;
}

function unknownOption(command: CommandName, names: readonly OptionName[], raw: string): UsageError {
  const flags = names.map((name) => `--${OPTIONS[name].flag}`);
  const meant = raw.startsWith('--') ? nearest(raw, flags) : null;
  const elsewhere = Object.values(OPTIONS).some((option) => `--${option.flag}` === raw);
  const hint = meant ? `did you mean ${meant}?` : null;
  return new UsageError(
    command,
    elsewhere ? `${raw} is no option of ${command}` : `unknown option ${raw}`,
    hint,
  );
}
