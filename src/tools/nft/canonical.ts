import { firstAddress, lastAddress, prefixBlock } from '../../model/ip.ts';
import type { FirewallRule } from '../../model/specs.ts';
import { isObject, numberAt, objectAt, textAt } from '../json.ts';

/** By list of statements, for the same list is asked for several times in a run. */
const known = new WeakMap<readonly unknown[], string>();

/** Of statements that do the same: what nft prints in more than one way is brought to one, as JSON. */
export function canonicalText(expr: FirewallRule['expr']): string {
  const text = known.get(expr) ?? listText(expr.map(canonical));
  known.set(expr, text);
  return text;
}

/** Keys in order, sets sorted, a prefix of one address as that address. */
function canonical(value: unknown): string {
  // Lists that are no sets of their own (flags, states) have no order either; ranges are below.
  if (Array.isArray(value)) return listText(value.map(canonical).sort());
  if (!isObject(value)) return JSON.stringify(value);
  // nft 1.1 says of a mask of flags that they are joined by "or"; before, it gave the list.
  if (Array.isArray(value['|'])) return canonical(value['|']);
  const { addr, len } = objectAt(value, 'prefix');
  if ((len === 32 || len === 128) && typeof addr === 'string' && (len === 128) === addr.includes(':')) {
    return JSON.stringify(addr);
  }
  if (Array.isArray(value.range)) return JSON.stringify({ range: value.range });
  const entries = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}:${key === 'snat' ? canonicalSnat(inner) : canonical(inner)}`,
  );
  return `{${entries.sort().join(',')}}`;
}

function listText(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

/** nft prints addresses from the first to the last of a prefix as that prefix. */
function canonicalSnat(value: unknown): string {
  if (!isObject(value)) return canonical(value);
  const prefix = objectAt(objectAt(value, 'addr'), 'prefix');
  const [address, length] = [textAt(prefix, 'addr'), numberAt(prefix, 'len')];
  if (address === null || length === null) return canonical(value);
  const block = prefixBlock(`${address}/${length}`);
  return canonical({ ...value, addr: { range: [firstAddress(block), lastAddress(block)] } });
}
