import type * as z from 'zod';
import type { Path } from '../model/problem.ts';
import { type Place, placeOf } from './positions.ts';
import { type Finding, validate } from './validate.ts';

/**
 * Tells to put in quotes what YAML reads as a number, or as true or false, where it would be valid as the text that is
 * written there: `name: 007` is no `"7"`. Where it would not be, what is expected of that text is told instead.
 */
export function adviseQuotes(
  findings: readonly Finding[],
  schema: z.ZodType,
  value: unknown,
  place: Place,
): Finding[] {
  const texts = new Map<Finding, string>();
  for (const finding of findings) {
    const { written } = placeOf(place, finding.path);
    if (finding.asText && written !== undefined) texts.set(finding, written);
  }
  if (texts.size === 0) return [...findings];
  const quoted = structuredClone(value);
  for (const [{ path }, text] of texts) put(quoted, path, text);
  const still = new Map(validate(schema, quoted).map((finding) => [JSON.stringify(finding.path), finding]));
  return findings.map((finding) => {
    const text = texts.get(finding);
    if (text === undefined) return finding;
    const other = still.get(JSON.stringify(finding.path));
    if (other === undefined) return { ...finding, hint: `write it in quotes: ${JSON.stringify(text)}` };
    return other.expected === undefined ? finding : { ...finding, expected: other.expected };
  });
}

function put(root: unknown, path: Path, text: string): void {
  let at = root;
  for (const [depth, key] of path.entries()) {
    if (typeof at !== 'object' || at === null) return;
    if (depth === path.length - 1) Reflect.set(at, key, text);
    else at = Reflect.get(at, key);
  }
}
