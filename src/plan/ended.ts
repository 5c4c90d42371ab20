import type { AnyObserved, Id } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { Sides } from './compare.ts';
import { servedLink, serves } from './graph.ts';

/**
 * Links by which the host serves networks that it has no more: whoever still runs there keeps his gateway until he has
 * left, as he keeps his device. A network that goes on and is served no more is another matter: somebody said so.
 */
export function endedLinks({ wanted, observed }: Sides, networks: ReadonlySet<string>): Set<string> {
  const served = new Map<string, string[]>();
  for (const one of observed.values()) {
    const link = servedLink(one);
    if (link === null) continue;
    const names = one.kind === 'firewall' || one.kind === 'service' ? [one.name] : [];
    served.set(link, [...(served.get(link) ?? []), ...names]);
  }
  if (served.size === 0) return new Set();
  const goOn = new Set([...wanted.values()].map(servedLink));
  const needed = new Set([...wanted.values()].flatMap(({ needs }) => needs.map(({ id }) => id)));
  const ended = [...served].filter(([link, names]) => {
    // By another name, for instance.
    if (goOn.has(link)) return false;
    // An address alone does not say whose it is: then by who else is to be there.
    if (names.length === 0) return !needed.has(carrierOf(idOf('link', link), observed));
    return !names.some((name) => networks.has(name));
  });
  return new Set(ended.map(([link]) => link));
}

/** What the guests are on that a link serves: that link, or what it is on. */
function carrierOf(id: Id, observed: ReadonlyMap<Id, AnyObserved>): Id {
  const one = observed.get(id);
  const below = one === undefined ? null : serves(one);
  return below === null ? id : carrierOf(below, observed);
}
