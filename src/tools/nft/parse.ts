import { isObject, type JsonObject, listAt, numberAt, objectAt, textAt } from '../json.ts';
import type { NftBase, NftChain, NftSet, NftTable } from './table.ts';

/** The table of `nft -j -p list table`, in whatever order its objects come. */
export function parseTable(json: unknown): NftTable {
  const chains = new Map<string, NftChain & { rules: NftChain['rules'][number][] }>();
  const sets = new Map<string, NftSet>();
  let strange = false;
  const objects = isObject(json) ? listAt(json, 'nftables') : [];
  for (const object of objects) {
    if (!isObject(object)) continue;
    if (isObject(object.chain)) {
      chains.set(textAt(object.chain, 'name') ?? '', { base: baseOf(object.chain), rules: [] });
    }
  }
  for (const object of objects) {
    if (!isObject(object)) continue;
    const { metainfo, chain, table, rule, set, map } = object;
    if (isObject(rule)) {
      chains
        .get(textAt(rule, 'chain') ?? '')
        ?.rules.push({ text: textAt(rule, 'comment') ?? '', expr: listAt(rule, 'expr') });
    } else if (isObject(set)) addSet(set, false);
    else if (isObject(map)) addSet(map, true);
    // A table that sleeps (`dormant`) has all of its chains and filters nothing.
    else if (isObject(table)) strange ||= table.flags !== undefined;
    else if (chain === undefined && metainfo === undefined) strange = true;
  }
  return { chains, sets, strange };

  function addSet(set: JsonObject, map: boolean): void {
    const elements = new Map<string, string>();
    for (const element of listAt(set, 'elem')) {
      const pair = map ? verdictOf(element) : ownerOf(element);
      if (pair === null) strange = true;
      else elements.set(pair[0], pair[1]);
    }
    if (set.type !== 'ifname' || (map && set.map !== 'verdict')) strange = true;
    sets.set(textAt(set, 'name') ?? '', { map, elements });
  }
}

/** `["virbr-lab", {"jump": {"target": "net/lab/input"}}]` */
function verdictOf(element: unknown): [string, string] | null {
  if (!Array.isArray(element)) return null;
  const [link, verdict]: unknown[] = element;
  const target = isObject(verdict) ? textAt(objectAt(verdict, 'jump'), 'target') : null;
  return typeof link === 'string' && target !== null ? [link, target] : null;
}

/** `{"elem": {"val": "virbr-lab", "comment": "lab"}}` */
function ownerOf(element: unknown): [string, string] | null {
  if (!isObject(element)) return null;
  const inner = objectAt(element, 'elem');
  const [link, owner] = [textAt(inner, 'val'), textAt(inner, 'comment')];
  return link === null || owner === null ? null : [link, owner];
}

function baseOf(chain: JsonObject): NftBase | null {
  const hook = textAt(chain, 'hook');
  if (hook === null) return null;
  const [type, policy] = [textAt(chain, 'type') ?? '', textAt(chain, 'policy') ?? ''];
  return { type, hook, priority: numberAt(chain, 'prio') ?? Number.NaN, policy };
}
