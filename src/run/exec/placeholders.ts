import { nearest } from '../../model/nearest.ts';

/**
 * What a program's arguments may hold in the place of a guest's devices: `{netdev:eth0}` and so on, anywhere in a word.
 * Braces of other meanings (JSON, a shell's, a template's) are left alone.
 */
const WORDS = ['netdev', 'fd', 'mac', 'device'] as const;

export type PlaceholderWord = (typeof WORDS)[number];

/** One of ours, as it was found. */
export interface Placeholder {
  word: PlaceholderWord;
  /** The guest's interface. */
  iface: string;
}

/** No quote, comma, colon or space: none of those can be in an interface's name, and JSON has them behind its keys. */
const BRACES = /\{([A-Za-z][A-Za-z0-9_-]*):([^{}\s"',:]*)\}/g;

/**
 * The placeholders of `args`, each once, and in words what is wrong with those that are nearly ours: a word that there
 * is not, for an interface that there is, or the contrary.
 */
export function findPlaceholders(
  args: readonly string[],
  guest: string,
  interfaces: readonly string[],
): { placeholders: Placeholder[]; problems: string[] } {
  const placeholders = new Map<string, Placeholder>();
  const problems = new Set<string>();
  for (const [text, word, iface] of args.flatMap(bracesOf)) {
    const known = interfaces.includes(iface);
    if (isWord(word) && known) placeholders.set(text, { word, iface });
    else if (isWord(word)) problems.add(`${text}: ${noInterface(guest, iface, interfaces)}`);
    else if (known) problems.add(`${text}: ${noWord(word)}`);
  }
  return { placeholders: [...placeholders.values()], problems: [...problems] };
}

/** `args` with each placeholder that has a value replaced by it; values are not looked into again. */
export function fillIn(
  args: readonly string[],
  value: (placeholder: Placeholder) => string | null,
): string[] {
  return args.map((arg) =>
    arg.replace(BRACES, (text, word: string, iface: string) =>
      isWord(word) ? (value({ word, iface }) ?? text) : text,
    ),
  );
}

function bracesOf(arg: string): [string, string, string][] {
  return [...arg.matchAll(BRACES)].map(([text, word = '', iface = '']) => [text, word, iface]);
}

function isWord(text: string): text is PlaceholderWord {
  return WORDS.some((word) => word === text);
}

function noInterface(guest: string, iface: string, interfaces: readonly string[]): string {
  const meant = nearest(iface, interfaces);
  const hint = meant === null ? `it has ${interfaces.join(', ') || 'none'}` : `did you mean ${meant}?`;
  return `guest ${guest} has no interface ${iface || 'without a name'}; ${hint}`;
}

function noWord(word: string): string {
  const meant = nearest(word, WORDS);
  return `there is no ${word}; ${meant === null ? `there are ${WORDS.join(', ')}` : `did you mean ${meant}?`}`;
}
