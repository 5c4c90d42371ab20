/** Characters that no POSIX shell takes for anything but themselves, wherever in a word they stand. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A command as a POSIX shell reads it: words are quoted where they must be. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** A directory as a command's argument: one that begins with a dash would be read as an option. */
export function directoryWord(directory: string): string {
  return directory.startsWith('-') ? `./${directory}` : directory;
}
