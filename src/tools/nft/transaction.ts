import { isSameChain } from './owners.ts';
import { FAMILY, type NftChain, type NftSet, type NftTable, TABLE } from './table.ts';

/**
 * Commands of libnftables-json(5) that make `after` of `before`, in one transaction: chains that stay as they are are
 * not touched, and what hangs on another is taken away first and put there last. Established connections have their
 * verdicts and their translation in conntrack, which none of this touches. null for `before`: whatever stands under the
 * name is replaced as a whole.
 */
export function transaction(before: NftTable | null, after: NftTable): unknown[] {
  // A table is made before it is deleted, for nft 1.0.6 cannot delete what may be missing.
  if (before === null) return [add({ table: {} }), remove({ table: {} }), ...creation(after)];
  return [...removals(before, after), ...additions(before, after)];
}

/** No owner is left. */
export function deletion(): unknown[] {
  return [add({ table: {} }), remove({ table: {} })];
}

function creation(after: NftTable): unknown[] {
  const nothing: NftTable = { chains: new Map(), sets: new Map(), strange: false };
  return [add({ table: {} }), ...additions(nothing, after)];
}

function removals(before: NftTable, after: NftTable): unknown[] {
  const changed = [...before.chains].filter(([name, chain]) => !isSameChain(chain, after.chains.get(name)));
  const gone = changed.filter(([name]) => !after.chains.has(name));
  const elements = [...before.sets].flatMap(([name, set]) => {
    const left = leavingElements(set, after.sets.get(name));
    return left.size === 0
      ? []
      : [remove({ element: { name, elem: elementList({ ...set, elements: left }) } })];
  });
  return [
    ...changed.map(([name]) => ({ flush: { chain: place({ name }) } })),
    ...elements,
    ...gone.map(([name]) => remove({ chain: { name } })),
    ...[...before.sets]
      .filter(([name]) => !after.sets.has(name))
      .map(([name, set]) => remove(setObject(name, set))),
  ];
}

function additions(before: NftTable, after: NftTable): unknown[] {
  const sets = [...after.sets].filter(([name]) => !before.sets.has(name));
  const chains = [...after.chains].filter(([name]) => !before.chains.has(name));
  const changed = [...after.chains].filter(([name, chain]) => !isSameChain(chain, before.chains.get(name)));
  const elements = [...after.sets].flatMap(([name, set]) => {
    const entering = leavingElements(set, before.sets.get(name));
    return entering.size === 0
      ? []
      : [add({ element: { name, elem: elementList({ ...set, elements: entering }) } })];
  });
  return [
    ...sets.map(([name, set]) => add(setObject(name, set))),
    ...chains.map(([name, chain]) => add({ chain: { name, ...baseObject(chain) } })),
    ...elements,
    ...changed.flatMap(([name, { rules }]) =>
      rules.map(({ text, expr }) =>
        add({ rule: { chain: name, expr, ...(text === '' ? {} : { comment: text }) } }),
      ),
    ),
  ];
}

/** Those of `set` that `other` has not, or has otherwise. */
function leavingElements(set: NftSet, other: NftSet | undefined): Map<string, string> {
  return new Map([...set.elements].filter(([key, value]) => other?.elements.get(key) !== value));
}

function elementList({ map, elements }: NftSet): unknown[] {
  return [...elements].map(([link, value]) =>
    map ? [link, { jump: { target: value } }] : { elem: { val: link, comment: value } },
  );
}

function setObject(name: string, { map }: NftSet): Record<string, object> {
  return map ? { map: { name, type: 'ifname', map: 'verdict' } } : { set: { name, type: 'ifname' } };
}

function baseObject({ base }: NftChain): object {
  if (base === null) return {};
  const { type, hook, priority, policy } = base;
  return { type, hook, prio: priority, policy };
}

function add(object: Readonly<Record<string, object>>): unknown {
  return { add: placed(object) };
}

function remove(object: Readonly<Record<string, object>>): unknown {
  return { delete: placed(object) };
}

function placed(object: Readonly<Record<string, object>>): object {
  const entries = Object.entries(object).map(([kind, of]) =>
    kind === 'table' ? [kind, { family: FAMILY, name: TABLE }] : [kind, place(of)],
  );
  return Object.fromEntries(entries);
}

function place(of: object): object {
  return { family: FAMILY, table: TABLE, ...of };
}
