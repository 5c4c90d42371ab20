import type { RealisationType } from '../desired/documents.ts';
import type { Serving } from '../desired/serving.ts';
import { networkOwner } from '../model/mark.ts';
import type { Problem } from '../model/problem.ts';
import type { Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { firewallRules } from './firewall.ts';
import type { Outside } from './outside.ts';
import { outsideOf } from './outside.ts';
import type { RealiseInput } from './realisation.ts';

export interface NetworkRules {
  outside: Outside;
  /** null where it has none. */
  firewall: Wanted<'firewall'> | null;
  problems: Problem[];
}

/** The rules of one network. Where the device that it is to be left by is missing, it is not left at all. */
export function networkRules(input: RealiseInput<RealisationType>, serving: Serving): NetworkRules {
  const outside = outsideOf(input, serving);
  const island = input.entry.type === 'virtual';
  const rules = firewallRules(serving, { outside, island });
  const problems = outside.is === 'missing' ? [outside.problem] : [];
  // Where all is open, the link's place in the table is all there is: by it the host's guard lets its packets by.
  if (rules.length === 0 && !island) return { outside, firewall: null, problems };
  const firewall: Wanted<'firewall'> = {
    kind: 'firewall',
    id: idOf('firewall', serving.network),
    name: serving.network,
    spec: { link: serving.link, rules, whole: true },
    owner: networkOwner(serving.network),
    source: serving.at(island ? ['forward'] : ['serve']),
    guests: [],
    network: serving.network,
    needs: [],
    expects: [],
    adopt: false,
  };
  return { outside, firewall, problems };
}
