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
  const chains = forwardChains(list.json);
  if (chains === null) throw new NftUnavailable('the firewall cannot be read: nft printed no list of chains');
  const others = chains.filter(
    (chain) =>
      ROUTED.includes(textAt(chain, 'family') ?? '') && !(chain.family === 'inet' && chain.table === TABLE),
  );
  const found = await Promise.all(others.map(readDrop));
  return found.flatMap((drop) => drop ?? []);
}

async function readDrop(chain: JsonObject): Promise<ForeignDrop | null> {
  const { family, table, name } = placeOf(chain);
  if (chain.policy !== 'drop') {
    // Its own rules tell, and those of the rest of the table may be many.
    const alone = await listNft('chain', family, table, name);
    if (!alone.ok || dropOf(chain, alone.json) === null) return null;
  }
  const whole = await listNft('table', family, table);
  // Gone meanwhile, if that fails.
  return whole.ok ? dropOf(chain, whole.json) : null;
}

/** What a base chain drops, by the rules that nft lists of its table; null if it drops nothing that it does not know. */
export function dropOf(chain: JsonObject, listing: unknown): ForeignDrop | null {
  const { family, table, name } = placeOf(chain);
  const rules = rulesByChain(listing);
  if (chain.policy !== 'drop' && !endsInDrop(rules, name)) return null;
  return { family, table, chain: name, spares: spared(rules, name) };
}

/** Family, table and name of a chain that nft lists. */
export function placeOf(chain: JsonObject) {
  const text = (key: string) => textAt(chain, key) ?? '';
  return { family: text('family'), table: text('table'), name: text('name') };
}

/** Base chains of whatever family at the forward hook, of what `nft -j list chains` prints; null for anything else. */
export function forwardChains(json: unknown): JsonObject[] | null {
  if (!isObject(json) || !Array.isArray(json.nftables)) return null;
  return objects(json, 'chain').filter(
    (chain) => chain.hook === 'forward' && Object.values(placeOf(chain)).every((text) => text !== ''),
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
  const drops = last.some(
    (part) => hasVerdict(part, ['drop', 'reject']) || xtName(part, 'target') === 'REJECT',
  );
  return drops && last.filter(isCondition).length === 0;
}

/**
 * Links of which the chain, or one that it goes on to for every packet, accepts all that comes from them, as well as
 * what goes to them, be it answers only, as the bridges of others have it.
 */
function spared(rules: Rules, base: string): string[] {
  const from = new Set<string>();
  const to = new Set<string>();
  let answers = false;
  for (const chain of reached(rules, base)) {
    for (const expr of rules.get(chain) ?? []) {
      if (!accepts(rules, expr)) continue;
      const conditions = expr.filter(isCondition);
      const [into, outOf] = [linksOf(conditions, 'iifname'), linksOf(conditions, 'oifname')];
      // A rule for one pair of links, or for some packets, says nothing of all that comes from one.
      if (conditions.length === 1) for (const link of into) from.add(link);
      if (into.length === 0) for (const link of outOf) to.add(link);
      answers ||= conditions.length === 1 && conditions.some(isOfState);
    }
  }
  return [...from].filter((link) => answers || to.has(link)).sort();
}

/** The chain, and those that it goes on to for every packet. */
function reached(rules: Rules, chain: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(chain)) return seen;
  seen.add(chain);
  for (const expr of rules.get(chain) ?? []) {
    if (!expr.some(isCondition)) for (const target of expr.flatMap(targetOf)) reached(rules, target, seen);
  }
  return seen;
}

/** Whether what meets the conditions of the rule is accepted, at once or by the chain that it goes on to. */
function accepts(rules: Rules, expr: readonly unknown[]): boolean {
  const isAccept = (part: unknown) => hasVerdict(part, ['accept']);
  if (expr.some(isAccept)) return true;
  return expr
    .flatMap(targetOf)
    .flatMap((target) => [...reached(rules, target)])
    .some((chain) => rules.get(chain)?.some((one) => !one.some(isCondition) && one.some(isAccept)));
}

function isOfState(condition: unknown): boolean {
  const match = isObject(condition) ? objectAt(condition, 'match') : {};
  return textAt(objectAt(objectAt(match, 'left'), 'ct'), 'key') === 'state';
}

/** Matches, those of iptables too, which nft prints by their name alone, or as nothing that it knows. */
function isCondition(part: unknown): boolean {
  return isObject(part) && ('match' in part || ('xt' in part && xtName(part, 'target') === null));
}

function xtName(part: unknown, type: 'match' | 'target'): string | null {
  const xt = isObject(part) ? objectAt(part, 'xt') : {};
  return textAt(xt, 'type') === type ? textAt(xt, 'name') : null;
}

function linksOf(conditions: readonly unknown[], key: string): string[] {
  return conditions.flatMap((condition) => {
    const match = isObject(condition) ? objectAt(condition, 'match') : {};
    if (match.op !== '==' || textAt(objectAt(objectAt(match, 'left'), 'meta'), 'key') !== key) return [];
    if (typeof match.right === 'string') return [match.right];
    return listAt(objectAt(match, 'right'), 'set').filter((link) => typeof link === 'string');
  });
}

function targetOf(part: unknown): string[] {
  if (!isObject(part)) return [];
  return ['jump', 'goto'].flatMap((verdict) => textAt(objectAt(part, verdict), 'target') ?? []);
}

function hasVerdict(part: unknown, verdicts: readonly string[]): boolean {
  return isObject(part) && verdicts.some((verdict) => Object.hasOwn(part, verdict));
}

function objects(json: unknown, kind: string): JsonObject[] {
  const all = isObject(json) ? listAt(json, 'nftables') : [];
  return all.flatMap((object) => (isObject(object) && isObject(object[kind]) ? [object[kind]] : []));
}
