import { isObject, numberAt, objectAt, textAt } from '../json.ts';
import { parseGroup } from './group.ts';

/** The little of a link that a deletion looks at. */
export interface LinkEntry {
  index: number;
  name: string;
  alias: string | null;
  group: number;
  /** null for a NIC, which no call deletes. */
  type: string | null;
}

/** What `ip -N -j -d link show` printed. */
export function linkEntries(json: unknown): LinkEntry[] {
  const links: LinkEntry[] = [];
  for (const entry of (Array.isArray(json) ? json : []).filter(isObject)) {
    const index = numberAt(entry, 'ifindex');
    const name = textAt(entry, 'ifname');
    if (index === null || name === null) continue;
    links.push({
      index,
      name,
      alias: textAt(entry, 'ifalias'),
      group: parseGroup(entry),
      type: textAt(objectAt(entry, 'linkinfo'), 'info_kind'),
    });
  }
  return links;
}
