import type { FirewallState } from '../../model/host.ts';
import type { FirewallRule } from '../../model/specs.ts';
import { canonicalText } from './canonical.ts';
import { chainOwner, inChainOrder, LINKS, type NftChain, type NftTable, tableOf } from './table.ts';

/** Whose the chains of a table are and what they hold; `whole` when all that leads to them is as it should be. */
export function ownersOf(table: NftTable): FirewallState {
  const links = new Map<string, string>();
  for (const [link, owner] of table.sets.get(LINKS)?.elements ?? []) links.set(owner, link);
  const rules = new Map<string, FirewallRule[]>([...links.keys()].map((owner) => [owner, []]));
  for (const [name, content] of table.chains) {
    const owned = chainOwner(name);
    if (owned === null) continue;
    const list = rules.get(owned.owner) ?? [];
    list.push(...content.rules.map(({ text, expr }) => ({ chain: owned.chain, text, expr })));
    rules.set(owned.owner, list);
  }
  const owners = [...rules]
    .map(([owner, list]) => ({ owner, link: links.get(owner) ?? null, rules: inChainOrder(list) }))
    .sort((a, b) => (a.owner < b.owner ? -1 : 1));
  return { owners, whole: !table.strange && isSameTable(table, tableOf(owners)) };
}

function isSameTable(a: NftTable, b: NftTable): boolean {
  return (
    sameKeys(a.chains, b.chains) &&
    sameKeys(a.sets, b.sets) &&
    [...a.chains].every(([name, chain]) => isSameChain(chain, b.chains.get(name))) &&
    [...a.sets].every(([name, set]) => {
      const other = b.sets.get(name);
      return (
        other !== undefined &&
        set.map === other.map &&
        sameKeys(set.elements, other.elements) &&
        [...set.elements].every(([key, value]) => other.elements.get(key) === value)
      );
    })
  );
}

export function isSameChain(a: NftChain, b: NftChain | undefined): boolean {
  if (b === undefined) return false;
  // What was read and is to stay is not taken apart: a host with many networks has thousands of rules.
  const kept =
    a.rules.length === b.rules.length && a.rules.every((rule, i) => rule.expr === b.rules[i]?.expr);
  return (kept && a.base === b.base) || chainText(a) === chainText(b);
}

function chainText({ base, rules }: NftChain): string {
  const ordered = base && [base.type, base.hook, base.priority, base.policy];
  return JSON.stringify([ordered, rules.map(({ text, expr }) => [text, canonicalText(expr)])]);
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}
