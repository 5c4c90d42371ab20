/**
 * What may not reach a terminal as it is, by general category: controls (Cc), formats such as zero-width characters and
 * the marks that turn the direction of writing, with which a stranger's name could pose as another line (Cf), half
 * surrogates (Cs), what a font shows as it likes or not at all (Co, Cn), line and paragraph separators (Zl, Zp), and
 * letters and marks that are not to be seen (DI). A mark at the beginning would change what stands before the text.
 */
const UNSAFE = /^\p{M}+|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}]/gu;
/** What nearly all text is. */
const PLAIN = /^[\x20-\x7e]*$/;
const BEYOND_ASCII = /[\u0080-\u{10ffff}]/gu;

/** `text` with everything escaped (`\x1b`, `\u{202e}`) that a terminal would act on; without `unicode` all but ASCII. */
export function printable(text: string, unicode = true): string {
  if (PLAIN.test(text)) return text;
  const safe = text.replace(UNSAFE, escapeAll);
  return unicode ? safe : safe.replace(BEYOND_ASCII, escapeCharacter);
}

function escapeAll(text: string): string {
  return [...text].map(escapeCharacter).join('');
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  switch (character) {
    case '\n':
      return '\\n';
    case '\t':
      return '\\t';
    default:
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  }
}
