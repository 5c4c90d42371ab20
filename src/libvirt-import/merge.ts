import { isDeepStrictEqual } from 'node:util';
import { formatPath, type Path } from '../model/problem.ts';

/** Two texts say different things at one place. */
export class Difference extends Error {
  override name = 'Difference';
  readonly path: Path;
  constructor(path: Path, here: unknown, there: unknown) {
    super(`${formatPath(path)} is ${shown(here)} here and ${shown(there)} there`);
    this.path = path;
  }
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * What stands, with all that is new beside it. Throws Difference where both say something else: nothing that stands is
 * ever changed. Lists of things with a name are one by those names, others by the whole of each entry.
 */
export function added(standing: unknown, fresh: unknown, path: Path): unknown {
  if (standing === undefined) return fresh;
  if (fresh === undefined || isDeepStrictEqual(standing, fresh)) return standing;
  if (Array.isArray(standing) && Array.isArray(fresh)) return addedList(standing, fresh, path);
  if (isMapping(standing) && isMapping(fresh)) {
    const keys = [...new Set([...Object.keys(standing), ...Object.keys(fresh)])];
    return Object.fromEntries(
      keys.map((key) => [key, added(own(standing, key), own(fresh, key), [...path, key])]),
    );
  }
  throw new Difference(path, fresh, standing);
}

function addedList(standing: readonly unknown[], fresh: readonly unknown[], path: Path): readonly unknown[] {
  // Their order means something.
  if (path.at(-1) === 'forwarders' || path.at(-1) === 'ranges') throw new Difference(path, fresh, standing);
  const result = [...standing];
  for (const one of fresh) {
    // A name can have several records.
    const key = path.at(-1) === 'records' ? null : keyOf(one);
    const at = result.findIndex((other) =>
      key === null ? isDeepStrictEqual(other, one) : keyOf(other) === key,
    );
    if (at < 0) result.push(one);
    else result[at] = added(result[at], one, [...path, at]);
  }
  return result;
}

/** What an entry of a list is known by; null for one that is known by the whole of it. */
function keyOf(entry: unknown): string | null {
  if (!isMapping(entry)) return null;
  const key = ['name', 'subnet', 'device'].find((one) => typeof entry[one] === 'string');
  return key === undefined ? null : `${key} ${entry[key]}`;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
