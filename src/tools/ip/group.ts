import { type JsonObject, numberAt, textAt } from '../json.ts';

/** A link's group: `ip -N` prints the number, signed. -1 for what cannot be read, which nobody chooses. */
export function parseGroup(entry: JsonObject): number {
  const text = textAt(entry, 'group');
  if (text === 'default') return 0;
  const group = Number(text ?? numberAt(entry, 'group') ?? 0);
  return Number.isInteger(group) ? group >>> 0 : -1;
}
