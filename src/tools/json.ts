/**
 * Narrow readers for what a tool printed as JSON. A key that is missing or of another type reads as "not there": tools
 * leave out what does not apply, and newer ones add what we do not know.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

const NOTHING: JsonObject = {};

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a text says that should be one JSON object; null for any other text, half a one among them. */
export function parseObject(text: string | null): JsonObject | null {
  try {
    const value: unknown = text === null ? null : JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function objectAt(object: JsonObject, key: string): JsonObject {
  // The one type of which something is there by inheritance, under `__proto__`.
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isObject(value) ? value : NOTHING;
}

export function textAt(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' ? value : null;
}

export function numberAt(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Kernel flags are printed as `true` or as 1. */
export function flagAt(object: JsonObject, key: string): boolean {
  const value = object[key];
  return value === true || value === 1;
}

export function listAt(object: JsonObject, key: string): readonly unknown[] {
  const value = object[key];
  return Array.isArray(value) ? value : [];
}

export function textsAt(object: JsonObject, key: string): readonly string[] {
  const list = listAt(object, key);
  return list.every(isText) ? list : list.filter(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
