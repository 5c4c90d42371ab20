/**
 * Words that YAML reads as something else than text, 1.1 included, and all that begins as a number does: a host may be
 * called `no` or `10`.
 */
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$|^[^a-z]/i;

/** A name as a value, quoted where it is asked for or where it would not be text. */
export function yamlWord(name: string, quote: '"' | "'" | null): string {
  const mark = quote ?? (NO_TEXT.test(name) ? '"' : '');
  return `${mark}${name}${mark}`;
}
