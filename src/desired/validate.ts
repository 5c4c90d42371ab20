import * as z from 'zod';
import { nearest } from '../model/nearest.ts';
import { type Path, shortened } from '../model/problem.ts';

/** One thing that is wrong with a value, before it has a place. */
export interface Finding {
  code: string;
  path: Path;
  message: string;
  found?: string;
  expected?: string;
  hint?: string;
  /** The key that an unknown one was probably meant to be. */
  meant?: string;
  /** Text is wanted, and what stands there without quotes is something else. */
  asText?: true;
}

type Issue = z.core.$ZodIssue;

/** Holds `value` against `schema`; no findings means that it is valid. */
export function validate(schema: z.ZodType, value: unknown): Finding[] {
  const result = schema.safeParse(value, { error: knownKeys });
  return result.success
    ? []
    : withoutEchoes(result.error.issues.flatMap((issue) => findingsOf(issue, value, [])));
}

/**
 * A mistyped key is not told a second time as the one that is missing, and a number beyond what whole numbers can be
 * not a second time as one beyond the bound of its key: the last one told is the narrower bound.
 */
function withoutEchoes(findings: Finding[]): Finding[] {
  const meant = new Set(
    findings.flatMap(({ path, meant }) => (meant ? [JSON.stringify([...path.slice(0, -1), meant])] : [])),
  );
  const ranges = new Map(
    findings.flatMap((one) =>
      one.code === 'out-of-range' ? [[JSON.stringify(one.path), one] as const] : [],
    ),
  );
  return findings.filter((one) => {
    if (one.code === 'out-of-range') return ranges.get(JSON.stringify(one.path)) === one;
    return one.code !== 'missing-key' || !meant.has(JSON.stringify(one.path));
  });
}

/** The message of an unknown key's issue is the list of the known ones, of which the issue itself says nothing. */
function knownKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
  return Object.keys(issue.inst.shape).join(' ');
}

function findingsOf(issue: Issue, root: unknown, prefix: Path): Finding[] {
  const path = [...prefix, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, issue.message.split(' '), value));
    case 'invalid_union': {
      if ('discriminator' in issue && issue.discriminator !== undefined) {
        return [wrongValue(path, value, 'options' in issue ? (issue.options ?? []) : [])];
      }
      const branches = issue.errors.map((issues) => issues.flatMap((inner) => findingsOf(inner, root, path)));
      return nearestBranch(branches, path, value);
    }
    case 'invalid_key': {
      const expected = issue.issues[0]?.message ?? 'another key';
      const key = String(path.at(-1));
      return [
        {
          code: 'bad-format',
          path,
          message: `the key ${quoted(key)} has not the form of a name`,
          found: shortened(key),
          expected,
        },
      ];
    }
    case 'invalid_element':
      return issue.issues.flatMap((inner) => findingsOf(inner, root, path));
    case 'invalid_value':
      return [wrongValue(path, value, issue.values)];
    case 'invalid_type':
      return [wrongType(path, value, issue.expected)];
    case 'too_small':
      return [sizeFinding(path, value, issue.origin, `at least ${issue.minimum}`)];
    case 'too_big':
      return [sizeFinding(path, value, issue.origin, `at most ${issue.maximum}`)];
    case 'invalid_format':
    case 'not_multiple_of':
    case 'custom':
      return [
        {
          code: 'bad-format',
          path,
          message: `${label(path)} has not the form that it must have`,
          found: show(value),
          expected: issue.message,
        },
      ];
  }
}

function unknownKey(key: string, path: Path, known: string[], mapping: unknown): Finding {
  // One that stands there already was not meant a second time.
  const open = known.filter((one) => valueAt(mapping, [one]) === undefined);
  const meant = key.length <= 64 ? nearest(key, open) : null;
  return {
    code: 'unknown-key',
    path: [...path, key],
    message: `unknown key ${quoted(key)}`,
    found: shortened(key),
    expected: oneOf(known),
    ...(meant ? { hint: `did you mean ${meant}?`, meant } : {}),
  };
}

function wrongValue(path: Path, value: unknown, values: readonly unknown[]): Finding {
  const expected = oneOf(values.map(String));
  if (value === undefined) return missing(path, expected);
  const meant = typeof value === 'string' && value.length <= 64 ? nearest(value, values.map(String)) : null;
  return {
    code: 'wrong-value',
    path,
    message: `${label(path)} cannot be ${show(value)}`,
    found: show(value),
    expected,
    ...(meant ? { hint: `did you mean ${meant}?` } : {}),
  };
}

/** JSON's words in those of YAML. */
const TYPE_WORDS: Record<string, string> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function wrongType(path: Path, value: unknown, type: string): Finding {
  const expected = TYPE_WORDS[type] ?? type;
  if (value === undefined) return missing(path, expected);
  const asText = type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return {
    code: 'wrong-type',
    path,
    message: `${label(path)} is of the wrong type`,
    found: show(value),
    expected,
    ...(asText ? { asText: true } : {}),
  };
}

function missing(path: Path, expected: string): Finding {
  return { code: 'missing-key', path, message: `${label(path)} is missing`, expected };
}

function sizeFinding(path: Path, value: unknown, origin: string, bound: string): Finding {
  if (origin === 'number' || origin === 'int') {
    const message = `${label(path)} is out of range`;
    return { code: 'out-of-range', path, message, found: show(value), expected: bound };
  }
  const [unit, count] =
    origin === 'string' && typeof value === 'string'
      ? ['character', value.length]
      : ['item', Array.isArray(value) ? value.length : 0];
  const message = `${label(path)} has the wrong length`;
  const found = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return {
    code: 'wrong-length',
    path,
    message,
    found,
    expected: `${bound} ${unit}${bound.endsWith(' 1') ? '' : 's'}`,
  };
}

/** Of a union's branches the one that the value was meant for, as far as that can be told. */
function nearestBranch(branches: Finding[][], path: Path, value: unknown): Finding[] {
  const isOther = (findings: Finding[]) => findings.some((finding) => isOfAnotherType(finding, path));
  const candidates = branches.every(isOther) ? branches : branches.filter((findings) => !isOther(findings));
  const distances = candidates.map((findings) => distance(findings, path));
  const least = Math.min(...distances);
  const nearest = candidates.filter((_, index) => distances[index] === least);
  return inOne(nearest, path, value) ?? nearest[0] ?? [];
}

/** A mapping is not told that it could have been `true`, nor the other way round. */
function isOfAnotherType({ code, path }: Finding, union: Path): boolean {
  return code === 'wrong-type' && path.length === union.length;
}

/**
 * Keys say which branch was meant: one that the branch does not know counts more than all that is wrong with the values
 * of those that it knows. A mistyped one counts as half: `trnk` was meant for a trunk.
 */
function distance(findings: Finding[], union: Path): number {
  const MANY = 1000;
  return findings.reduce((sum, { code, path, hint }) => {
    if (code !== 'unknown-key' || path.length !== union.length + 1) return sum + 1;
    return sum + (hint ? MANY / 2 : MANY);
  }, 0);
}

/** What is said of two branches or more, none nearer than another, as alternatives; null where it is too much. */
function inOne(branches: Finding[][], path: Path, value: unknown): Finding[] | null {
  const findings = branches.flat();
  const [first] = findings;
  if (branches.length < 2 || first === undefined) return null;
  if (findings.every((finding) => finding.path.length === path.length && finding.code === first.code)) {
    const expected = [...new Set(findings.flatMap((finding) => finding.expected ?? []))].join(', or ');
    return [{ ...first, expected }];
  }
  if (findings.some((finding) => finding.path.length !== path.length + 1)) return null;
  const keys = [...new Set(findings.map((finding) => String(finding.path.at(-1))))];
  // One or the other is wanted.
  if (findings.every(({ code }) => code === 'missing-key')) {
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    const message = isEmpty ? `${label(path)} says nothing` : `${label(path)} lacks a key`;
    return [{ code: 'missing-key', path, message, expected: oneOf(keys) }];
  }
  // Keys of two branches in one mapping: say so, instead of calling one of them unknown.
  if (!findings.every(({ code, hint }) => code === 'unknown-key' && hint === undefined)) return null;
  return [
    {
      code: 'wrong-value',
      path,
      message: `${label(path)} says two things at once`,
      found: show(value),
      expected: `only one of ${keys.join(', ')}`,
    },
  ];
}

function label(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the document';
  return typeof last === 'number' ? `item ${last + 1} of ${String(path.at(-2) ?? 'the list')}` : last;
}

/** A value as a person would write it, shortened. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : String(value);
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
