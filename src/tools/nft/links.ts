import type { FirewallRule } from '../../model/specs.ts';
import { isObject, listAt, objectAt, textAt } from '../json.ts';

const KEYS = ['iifname', 'oifname'];

/** The links that a rule is about, in its order, each once. */
export function linksIn(expr: FirewallRule['expr']): string[] {
  return [...new Set(expr.flatMap(namesIn))];
}

/** The statements with no link named, to see whether that is all in which two rules differ. */
export function withoutLinks(expr: FirewallRule['expr']): FirewallRule['expr'] {
  return expr.map((statement) =>
    namesIn(statement).length === 0 || !isObject(statement)
      ? statement
      : { match: { ...objectAt(statement, 'match'), right: '' } },
  );
}

/** By libnftables-json(5): a name, or a set of them; `@links` is the table's own set, and no name. */
function namesIn(statement: unknown): string[] {
  const match = isObject(statement) ? objectAt(statement, 'match') : {};
  if (!KEYS.includes(textAt(objectAt(objectAt(match, 'left'), 'meta'), 'key') ?? '')) return [];
  const names = typeof match.right === 'string' ? [match.right] : listAt(objectAt(match, 'right'), 'set');
  return names.filter((name): name is string => typeof name === 'string' && !name.startsWith('@'));
}
