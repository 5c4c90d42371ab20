import { firstAddress, lastAddress, prefixBlock } from '../../model/ip.ts';
import type { FirewallRule } from '../../model/specs.ts';
import { isObject, numberAt, objectAt, textAt } from '../json.ts';

/** Of statements that do the same: what nft prints in more than one way is brought to one. */
export function canonicalExpr(expr: FirewallRule['expr']): unknown[] {
  return expr.map(canonical);
}

/** Keys in order, sets sorted, a prefix of one address as that address. */
function canonical(value: unknown): unknown {
  // Lists that are no sets of their own (flags, states) have no order either; ranges are below.
  if (Array.isArray(value)) return value.map(canonical).sort(compareJson);
  if (!isObject(value)) return value;
  const { addr, len } = objectAt(value, 'prefix');
  if ((len === 32 || len === 128) && typeof addr === 'string' && (len === 128) === addr.includes(':')) {
    return addr;
  }
  if (Array.isArray(value.range)) return { range: value.range };
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'snat' ? canonicalSnat(inner) : canonical(inner),
  ]);
  return Object.fromEntries(entries.sort(compareJson));
}

/** nft prints addresses from the first to the last of a prefix as that prefix. */
function canonicalSnat(value: unknown): unknown {
  if (!isObject(value)) return value;
  const prefix = objectAt(objectAt(value, 'addr'), 'prefix');
  const [address, length] = [textAt(prefix, 'addr'), numberAt(prefix, 'len')];
  if (address === null || length === null) return canonical(value);
  const block = prefixBlock(`${address}/${length}`);
  return canonical({ ...value, addr: { range: [firstAddress(block), lastAddress(block)] } });
}

function compareJson(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
