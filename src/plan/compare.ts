import { kindOf } from '../kinds/registry.ts';
import { compareText } from '../model/order.ts';
import type { AnyChange, Change, FieldDiff, Gate } from '../model/plan.ts';
import type { AnyObserved, AnyWanted, Id, Kind, Need, Observed, Wanted } from '../model/resource.ts';

/** Both sides of a comparison, by id, and what must be left as it is because nothing could be decided for it. */
export interface Sides {
  wanted: ReadonlyMap<Id, AnyWanted>;
  observed: ReadonlyMap<Id, AnyObserved>;
  unplanned: ReadonlySet<Id>;
}

export type Drafts = Map<Id, AnyChange>;

/**
 * What differs, every resource on its own; nothing is held back yet but what a stranger has. `remade` are the ids that
 * an earlier round found to be made anew: what hangs on them is void and compared as what would remain of it.
 */
export function compareSides(sides: Sides, remade: ReadonlySet<Id>): Drafts {
  const drafts: Drafts = new Map();
  const found: AnyChange[] = [];
  const compare = (id: Id, wanted: AnyWanted | undefined, observed: AnyObserved | undefined) => {
    const draft = sides.unplanned.has(id) ? null : compareOne(wanted, observed, remade);
    if (draft !== null) found.push(draft);
  };
  sides.wanted.forEach((wanted, id) => {
    compare(id, wanted, sides.observed.get(id));
  });
  sides.observed.forEach((observed, id) => {
    if (!sides.wanted.has(id)) compare(id, undefined, observed);
  });
  found.sort((a, b) => compareText(a.id, b.id));
  found.forEach((draft) => {
    drafts.set(draft.id, draft);
  });
  return drafts;
}

function compareOne(
  wanted: AnyWanted | undefined,
  observed: AnyObserved | undefined,
  remade: ReadonlySet<Id>,
): AnyChange | null {
  // Both have the id, so both have its kind: the one place where the two unions are joined.
  return compareAs(
    wanted as Wanted | undefined,
    observed as Observed | undefined,
    remade,
  ) as AnyChange | null;
}

function compareAs<K extends Kind>(
  wanted: Wanted<K> | undefined,
  observed: Observed<K> | undefined,
  remade: ReadonlySet<Id>,
): Change<K> | null {
  if (wanted === undefined) return observed === undefined ? null : compareUnwanted(observed);
  if (observed === undefined) return makeChange(wanted, null, 'create', 'missing', [], 'none', OPEN);
  const module = kindOf(wanted.kind);
  if (observed.mark.is === 'unfinished') {
    const impact = module.removal(observed) === 'remove' ? 'recreate' : 'none';
    return makeChange(wanted, observed, 'replace', 'left unfinished', [], impact, OPEN);
  }
  let { spec } = observed;
  for (const need of remade.size === 0 ? NONE : observed.needs) {
    if (!need.incarnation || !remade.has(need.id)) continue;
    const rest = module.without({ ...observed, spec }, need.id);
    if (rest === null) {
      const reason = `goes with ${need.id.slice(need.id.indexOf(':') + 1)}, which is made anew`;
      const impact = module.voided?.(observed) ?? 'recreate';
      return makeChange(wanted, observed, 'replace', reason, [], impact, OPEN);
    }
    spec = rest;
  }
  const fields = module.compare(spec, wanted.spec);
  if (observed.mark.is === 'foreign') return compareStranger(wanted, observed, fields, module.cosmetic);
  if (observed.mark.is === 'ours' && observed.mark.owner !== wanted.owner) {
    fields.push({ field: 'mark', before: observed.mark.owner, after: wanted.owner });
  }
  if (observed.strayGroup !== null) fields.push({ field: 'group', before: observed.strayGroup, after: 0 });
  if (fields.length === 0) return null;
  const { action, impact } = module.effect(fields, observed, wanted.spec);
  return makeChange(wanted, observed, action, 'differs', fields, impact, OPEN);
}

function compareUnwanted<K extends Kind>(observed: Observed<K>): Change<K> | null {
  if (observed.mark.is === 'foreign' || observed.mark.is === 'shared') return null;
  const unfinished = observed.mark.is === 'unfinished';
  return {
    id: observed.id,
    kind: observed.kind,
    name: observed.name,
    action: 'delete',
    before: observed,
    after: null,
    fields: [],
    impact: kindOf(observed.kind).removal(observed),
    reason: unfinished ? 'left unfinished' : 'not wanted here',
    guests: [],
    network: null,
    gate: OPEN,
  };
}

/** A stranger with the wanted name: taken over if the documents allow it and it is exactly what they want. */
function compareStranger<K extends Kind>(
  wanted: Wanted<K>,
  observed: Observed<K>,
  fields: FieldDiff[],
  cosmetic: readonly string[],
): Change<K> {
  const described = kindOf(observed.kind).describe(observed.name, observed.spec);
  const differing = fields.filter((f) => !cosmetic.includes(f.field)).map(differenceWords);
  if (wanted.adopt && differing.length === 0) {
    const mark: FieldDiff = { field: 'mark', before: null, after: wanted.owner };
    return makeChange(wanted, observed, 'update', 'taken over', [mark, ...fields], 'none', OPEN);
  }
  const why = wanted.adopt
    ? `${described} stands there and is not Plumbline's; it cannot be taken over, for it differs in ${differing.join(', ')}`
    : `${described} stands there and is not Plumbline's`;
  return makeChange(wanted, observed, 'create', 'name taken', [], 'none', { is: 'taken', why });
}

function differenceWords({ field, before, after }: FieldDiff): string {
  return `${field} (${JSON.stringify(before)}, wanted ${JSON.stringify(after)})`;
}

const NONE: readonly Need[] = [];
const OPEN: Gate = { is: 'open' };

function makeChange<K extends Kind>(
  wanted: Wanted<K>,
  observed: Observed<K> | null,
  action: Change['action'],
  reason: string,
  fields: FieldDiff[],
  impact: Change['impact'],
  gate: Gate,
): Change<K> {
  return {
    id: wanted.id,
    kind: wanted.kind,
    name: wanted.name,
    action,
    before: observed,
    after: wanted,
    fields,
    impact,
    reason,
    guests: wanted.guests,
    network: wanted.network,
    gate,
  };
}
