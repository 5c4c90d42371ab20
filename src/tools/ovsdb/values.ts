import { isObject, type JsonObject } from '../json.ts';

/**
 * Values as RFC 7047 §5.1 writes them. A set of exactly one element stands there bare, and an optional column is a set
 * of at most one.
 */
export type OvsdbValue = string | number | boolean | readonly [string, unknown];
export type Row = Record<string, OvsdbValue>;
export type Condition = readonly [column: string, relation: string, value: OvsdbValue];

export function uuidValue(uuid: string): OvsdbValue {
  return ['uuid', uuid];
}

/** The `where` of the one row with this UUID. */
export function byUuid(uuid: string): Condition[] {
  return [['_uuid', '==', uuidValue(uuid)]];
}

/** A row that the same transaction inserts under this name. */
export function namedUuid(name: string): OvsdbValue {
  return ['named-uuid', name];
}

export function setValue(values: readonly OvsdbValue[]): OvsdbValue {
  return ['set', values];
}

export function optionalValue(value: string | number | null): OvsdbValue {
  return setValue(value === null ? [] : [value]);
}

export function mapValue(map: Readonly<Record<string, string>>): OvsdbValue {
  return ['map', Object.entries(map)];
}

/** The elements of a set, or the one that stands bare. */
export function readSet(value: unknown): unknown[] {
  if (isPair(value, 'set')) return Array.isArray(value[1]) ? value[1] : [];
  return value === undefined ? [] : [value];
}

export function readUuids(value: unknown): string[] {
  return readSet(value).flatMap((item) => readUuid(item) ?? []);
}

export function readUuid(value: unknown): string | null {
  return isPair(value, 'uuid') && typeof value[1] === 'string' ? value[1] : null;
}

export function readMap(value: unknown): Record<string, string> {
  const map: [string, string][] = [];
  const pairs = isPair(value, 'map') && Array.isArray(value[1]) ? value[1] : [];
  for (const pair of pairs) {
    if (!Array.isArray(pair)) continue;
    const [key, text]: unknown[] = pair;
    if (typeof key === 'string' && typeof text === 'string') map.push([key, text]);
  }
  return Object.fromEntries(map);
}

export function readNumber(value: unknown): number | null {
  const [first] = readSet(value);
  return typeof first === 'number' ? first : null;
}

export function readText(value: unknown): string | null {
  const [first] = readSet(value);
  return typeof first === 'string' ? first : null;
}

/** The rows of a `select`'s result. */
export function readRows(result: unknown): JsonObject[] {
  const rows = isObject(result) ? result.rows : undefined;
  return Array.isArray(rows) ? rows.filter(isObject) : [];
}

function isPair(value: unknown, tag: string): value is [string, unknown] {
  return Array.isArray(value) && value.length === 2 && value[0] === tag;
}
