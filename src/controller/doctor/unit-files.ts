import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Values by key, by section: what systemd's files and NetworkManager's have in common. */
export type Sections = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

export interface UnitFile {
  path: string;
  sections: Sections;
}

/** Where systemd looks, best first (systemd.network(5)); /lib is where /usr is not merged. */
const SYSTEMD = ['etc', 'run', 'usr/local/lib', 'usr/lib', 'lib'];

/**
 * systemd's network files that end in `suffix`, drop-ins merged, in the order in which the first that matches wins. Of
 * two with one name the one in the better directory counts, and an empty one or a link to /dev/null hides the others.
 */
export function readNetworkFiles(suffix: '.network' | '.link', root: string): UnitFile[] {
  const directories = SYSTEMD.map((directory) => join(root, directory, 'systemd/network'));
  return filesOf(directories, suffix).flatMap(({ name, path }) => {
    const text = readText(path);
    if (text === null || text.trim() === '') return [];
    const dropIns = filesOf(
      directories.map((directory) => join(directory, `${name}.d`)),
      '.conf',
    );
    const texts = [text, ...dropIns.map((one) => readText(one.path) ?? '')];
    return [{ path, sections: parseSections(texts.join('\n')) }];
  });
}

/** Files with a suffix, each name once, from the first directory that has it, in the order of their names. */
export function filesOf(directories: readonly string[], suffix: string): { name: string; path: string }[] {
  const found = new Map<string, string>();
  for (const directory of directories) {
    for (const name of namesIn(directory)) {
      if (name.endsWith(suffix) && !found.has(name)) found.set(name, join(directory, name));
    }
  }
  const names = [...found].map(([name, path]) => ({ name, path }));
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `[Section]`, `Key=value`, comments by # and ;, a backslash that joins lines; an empty value forgets the earlier ones. */
export function parseSections(text: string): Sections {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const raw of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = sections.get(heading) ?? new Map();
      sections.set(heading, section);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 1) continue;
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    section.set(key, value === '' ? [] : [...(section.get(key) ?? []), value]);
  }
  return sections;
}

/** The last value of a key, which is the one that counts where a key has one; null without any. */
export function lastValue(sections: Sections, section: string, key: string): string | null {
  return sections.get(section)?.get(key)?.at(-1) ?? null;
}

/** As systemd reads truth (parse_boolean). */
export function isTrue(value: string | null): boolean {
  return value !== null && ['1', 'yes', 'y', 'true', 't', 'on'].includes(value.toLowerCase());
}

/** null where there is no such file, or we may not read it. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
