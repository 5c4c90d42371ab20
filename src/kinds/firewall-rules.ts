import type { FieldDiff } from '../model/plan.ts';
import type { FirewallRule } from '../model/specs.ts';
import { canonicalText } from '../tools/nft/canonical.ts';
import { linksIn, withoutLinks } from '../tools/nft/links.ts';
import { inChainOrder } from '../tools/nft/table.ts';

/** A rule, with what it is compared by. */
interface Keyed {
  key: string;
  text: string;
  rule: FirewallRule;
}

/** What was there and is not wanted, and what is wanted and was not there, in words. */
export function compareRules(before: readonly FirewallRule[], after: readonly FirewallRule[]): FieldDiff[] {
  const [had, wanted] = [inChainOrder(before).map(keyed), inChainOrder(after).map(keyed)];
  const [gone, added] = [without(had, wanted), without(wanted, had)];
  if (gone.length > 0 || added.length > 0) {
    return [
      {
        field: 'rules',
        before: gone.map((one) => told(one, added, true)),
        after: added.map((one) => told(one, gone, false)),
      },
    ];
  }
  const order = ({ key }: Keyed, i: number) => key === wanted[i]?.key;
  return had.every(order)
    ? []
    : [{ field: 'order', before: had.map(({ text }) => text), after: wanted.map(({ text }) => text) }];
}

/**
 * Where a rule on the other side says the same words, with what tells the two apart: the links that they are about, or
 * that one which stands does something else than it says, for somebody has changed it.
 */
function told({ text, rule }: Keyed, others: readonly Keyed[], stands: boolean): string {
  const same = others.filter((other) => other.text === text && other.rule.chain === rule.chain);
  if (same.length === 0) return text;
  const content = canonicalText(withoutLinks(rule.expr));
  if (same.some((other) => canonicalText(withoutLinks(other.rule.expr)) === content)) {
    return `${text} (${linksIn(rule.expr).join(', ')})`;
  }
  return stands ? `${text} (altered)` : text;
}

function keyed(rule: FirewallRule): Keyed {
  const { chain, text, expr } = rule;
  const content = canonicalText(expr);
  return {
    key: JSON.stringify([chain, text, content]),
    text: text === '' ? `unknown rule ${content}` : text,
    rule,
  };
}

/** Those of `some` that are not in `others`, each as often as it is there more often. */
function without<T extends { key: string }>(some: readonly T[], others: readonly T[]): T[] {
  const left = new Map<string, number>();
  for (const { key } of others) left.set(key, (left.get(key) ?? 0) + 1);
  return some.filter(({ key }) => {
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}
