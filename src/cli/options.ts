import { parseArgs } from 'node:util';
import { nearest } from '../model/nearest.ts';
import { COMMANDS, type CommandName, OPTIONS, type OptionName } from './commands.ts';
import { UsageError } from './exit.ts';

type Value<N extends OptionName> = (typeof OPTIONS)[N] extends { choices: readonly (infer C)[] }
  ? C
  : (typeof OPTIONS)[N] extends { value: string }
    ? string | null
    : boolean;

type Argument<C extends CommandName> = (typeof COMMANDS)[C]['argument'] extends { default: infer D }
  ? D extends string
    ? { argument: string }
    : { argument: string | null }
  : { argument: null };

/** What a command was given: each of its options by name, a choice's first value where left out. */
export type Options<C extends CommandName> = {
  [N in (typeof COMMANDS)[C]['options'][number]]: Value<N>;
} & Argument<C>;

/**
 * Reads a command's words. Throws UsageError for what the command does not know, a missing or impossible value, or a
 * word too many.
 */
export function parseOptions<C extends CommandName>(command: C, argv: readonly string[]): Options<C> {
  const names: readonly OptionName[] = COMMANDS[command].options;
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(names.map((name) => [OPTIONS[name].flag, argsConfig(name)])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });

  const values: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, unset(name)]));
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const name = names.find((known) => OPTIONS[known].flag === token.name);
    if (name === undefined) throw unknownOption(command, names, token.rawName);
    values[name] = optionValue(command, name, token);
  }

  const argument = COMMANDS[command].argument;
  const tooMany = words[argument === null ? 0 : 1];
  if (tooMany !== undefined) {
    const most = argument === null ? 'no argument' : `one ${argument.name}`;
    throw new UsageError(command, `${command} takes ${most}, but '${tooMany}' was given too`);
  }
  if (words[0] === '') throw new UsageError(command, `${argument?.name ?? 'the argument'} is empty`);
  // The table above gives each name its type; the loop has filled in every one of them.
  return { ...values, argument: words[0] ?? argument?.default ?? null } as Options<C>;
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
