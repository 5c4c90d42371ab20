import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Expect, Id, Kind, Wanted } from '../model/resource.ts';

/**
 * What several networks ask for, once: a bridge that they share, a setting that both need. The first by name stands for
 * all, with what the others need besides; it may be taken over if any of them says so. What one leaves open another may
 * state; where they state different things the first has it, and that is told.
 */
export function unique(wanted: readonly AnyWanted[], problems: Problem[]): AnyWanted[] {
  const byId = new Map<Id, AnyWanted>();
  for (const one of wanted) {
    const first = byId.get(one.id);
    byId.set(one.id, first === undefined ? one : joined(first, one, problems));
  }
  return [...byId.values()];
}

function joined(first: AnyWanted, other: AnyWanted, problems: Problem[]): AnyWanted {
  const fields: Record<string, unknown> = { ...first.spec };
  const stated: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(other.spec)) {
    if (value === null || same(fields[field], value)) continue;
    if (fields[field] === null) stated[field] = value;
    else problems.push(disagreement(first, other, field));
  }
  const needs = other.needs.filter((need) => !first.needs.some((one) => same(one, need)));
  const expects = other.expects.filter((expect) => !first.expects.some((one) => sameExpect(one, expect)));
  return {
    ...withFields(first, stated),
    needs: [...first.needs, ...needs],
    expects: [...first.expects, ...expects],
    adopt: first.adopt || other.adopt,
  } as AnyWanted;
}

function withFields<K extends Kind>(wanted: Wanted<K>, stated: Record<string, unknown>): Wanted<K> {
  return { ...wanted, spec: { ...wanted.spec, ...stated } };
}

function sameExpect(a: Expect, b: Expect): boolean {
  return a.id === b.id && a.that === b.that;
}

function disagreement(first: AnyWanted, other: AnyWanted, field: string): Problem {
  const { file, line } = first.source;
  return {
    code: 'wanted-twice',
    severity: 'error',
    message: `${other.name}: the networks ${first.network} and ${other.network} ask for different things (${field}); it gets what ${first.network} asks for (${file}:${line})`,
    source: other.source,
    hint: 'let both say the same, or give each its own',
  };
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
