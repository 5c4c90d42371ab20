import type { ForeignDrop } from '../../model/host.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt } from '../json.ts';
import { listNft, NftUnavailable } from './nft.ts';
import { TABLE } from './table.ts';

/** Families whose forward hook sees what a host routes; those of bridges and devices see frames. */
const ROUTED = ['ip', 'ip6', 'inet'];

/**
 * Base chains of other programs at the forward hook that drop what no rule of theirs accepts: by their policy, as
 * Docker and ufw leave `FORWARD`, or by a last rule without a condition, as firewalld has it. A packet must get by all
 * chains of a hook, so none of our rules could let through what one of these drops.
 */
export async function readForeignDrops(): Promise<ForeignDrop[]> {
  // Chains alone, for the rules of others may be many.
  const list = await listNft('chains');
  if (!list.ok) throw new NftUnavailable(`the firewall cannot be read: ${list.message}`);
  const found = await Promise.all(forwardChains(list.json).map(readDrop));
  return found.flatMap((drop) => drop ?? []);
}

async function readDrop(chain: JsonObject): Promise<ForeignDrop | null> {
  const [family, table, name] = [textOf(chain, 'family'), textOf(chain, 'table'), textOf(chain, 'name')];
  if (chain.policy !== 'drop') {
    const alone = await listNft('chain', family, table, name);
    if (!alone.ok || !endsInDrop(rulesByChain(alone.json), name)) return null;
  }
  const whole = await listNft('table', family, table);
  // Gone meanwhile, if that fails.
  return whole.ok ? { family, table, chain: name, spares: spared(rulesByChain(whole.json), name) } : null;
}

function textOf(object: JsonObject, key: string): string {
  return textAt(object, key) ?? '';
}

function forwardChains(json: unknown): JsonObject[] {
  return objects(json, 'chain').filter(
    (chain) =>
      chain.hook === 'forward' &&
      ROUTED.includes(textAt(chain, 'family') ?? '') &&
      !(chain.family === 'inet' && chain.table === TABLE),
  );
}

type Rules = ReadonlyMap<string, readonly unknown[][]>;

function rulesByChain(json: unknown): Rules {
  const rules = new Map<string, unknown[][]>();
  for (const rule of objects(json, 'rule')) {
    const chain = textAt(rule, 'chain') ?? '';
    rules.set(chain, [...(rules.get(chain) ?? []), [...listAt(rule, 'expr')]]);
  }
  return rules;
}

function endsInDrop(rules: Rules, chain: string): boolean {
  const last = rules.get(chain)?.at(-1) ?? [];
  return !last.some((part) => isObject(part) && 'match' in part) && has(last, ['drop', 'reject']);
}

/**
 * Links that rules of the chain, and of those that it goes on to for every packet, name as accepted in both directions;
 * the way to them may be for answers only, as it is for the bridges of others.
 */
function spared(rules: Rules, base: string): string[] {
  const from = new Set<string>();
  const to = new Set<string>();
  const seen = new Set<string>();
  const todo = [base];
  for (let chain = todo.pop(); chain !== undefined; chain = todo.pop()) {
    if (seen.has(chain)) continue;
    seen.add(chain);
    for (const expr of rules.get(chain) ?? []) {
      const matches = expr.flatMap((part) => (isObject(part) && isObject(part.match) ? [part.match] : []));
      if (has(expr, ['accept'])) {
        const [into, outOf] = [linksOf(matches, 'iifname'), linksOf(matches, 'oifname')];
        // A rule for one pair of links says nothing of the link alone.
        if (into.length > 0 && outOf.length === 0 && matches.length === 1)
          for (const link of into) from.add(link);
        if (outOf.length > 0 && into.length === 0) for (const link of outOf) to.add(link);
      }
      if (matches.length > 0) continue;
      for (const part of expr) todo.push(...(isObject(part) ? targetOf(part) : []));
    }
  }
  return [...from].filter((link) => to.has(link)).sort();
}

function linksOf(matches: readonly JsonObject[], key: string): string[] {
  return matches.flatMap((match) => {
    if (match.op !== '==' || textAt(objectAt(objectAt(match, 'left'), 'meta'), 'key') !== key) return [];
    if (typeof match.right === 'string') return [match.right];
    return listAt(objectAt(match, 'right'), 'set').filter((link) => typeof link === 'string');
  });
}

function targetOf(part: JsonObject): string[] {
  return ['jump', 'goto'].flatMap((verdict) => textAt(objectAt(part, verdict), 'target') ?? []);
}

function has(expr: readonly unknown[], verdicts: readonly string[]): boolean {
  return expr.some((part) => isObject(part) && verdicts.some((verdict) => Object.hasOwn(part, verdict)));
}

function objects(json: unknown, kind: string): JsonObject[] {
  const all = isObject(json) ? listAt(json, 'nftables') : [];
  return all.flatMap((object) => (isObject(object) && isObject(object[kind]) ? [object[kind]] : []));
}
