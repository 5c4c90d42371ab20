/**
 * Texts for lines of dnsmasq.conf. Its parser (option.c, one_file) takes text between double quotes literally, but for
 * a backslash before `"`, `\` and the letters tnebr; outside of them a `#` behind white space begins a comment.
 */

/** What could end a line: nothing that is checked has any of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about
const CONTROL = /[\x00-\x1f\x7f]/;

/** A text that dnsmasq is to take as it is, commas too. Throws on control characters. */
export function quoted(text: string): string {
  return `"${plain(text).replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * A list of values as dnsmasq separates them, by commas. Only a value that would be misread is quoted, for a quoted
 * number or address is a text to dnsmasq.
 */
export function values(text: string): string {
  return plain(text)
    .split(',')
    .map((value) => (/["#]/.test(value) ? quoted(value) : value))
    .join(',');
}

function plain(text: string): string {
  if (CONTROL.test(text))
    throw new Error(`a control character in a text for dnsmasq: ${JSON.stringify(text)}`);
  return text;
}
