import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { composeDocuments } from '../../src/desired/compose.ts';
import { readPlain } from '../../src/desired/read-plain.ts';
import type { TextDocument } from '../../src/desired/text-document.ts';
import type { Problem } from '../../src/model/problem.ts';

/** What both readers say of a text; of one that is not plain there is nothing to compare. */
function expectTheSame(text: string): void {
  const plain = readPlain(text);
  if (plain === null) return;
  const composed = [...composeDocuments('a.yaml', text)];
  if (COMMENTED_VALUE.test(text) && composed.some(({ syntax }) => syntax.some(isYamlsOwn))) return;
  expect(contentsOf(plain), JSON.stringify(text)).toEqual(contentsOf(composed));
  const problems = composed.flatMap(({ syntax, slips, refusal }) => [
    ...syntax,
    ...slips,
    ...(refusal === null ? [] : [refusal]),
  ]);
  expect(problems, JSON.stringify(text)).toEqual([]);
}

/** A value below a comment below its key: yaml 2.9 takes it and the next key for one, and YAML does not. */
const COMMENTED_VALUE = /:\s*(?:#[^\n]*)?\n(?: *#[^\n]*\n)+ +/;

function isYamlsOwn({ message }: Problem): boolean {
  return message.includes('Implicit keys need to be on a single line');
}

/** Where nothing stands is no document. */
function contentsOf(documents: TextDocument[]): unknown[] {
  return documents.flatMap(({ content }) =>
    content === null || content.value === null ? [] : [{ value: content.value, place: content.place }],
  );
}

const TOKENS = [
  ...'abz019-:,?[]{}#&*!|>\'"%@`~.+/\\_ \n='.split(''),
  '- ',
  ': ',
  ':\n',
  '\n  ',
  '\n    ',
  '\n',
  '\n- ',
  '  ',
  ' #',
  ' # c\n',
  '---\n',
  '--- ',
  '\n---\n',
  '...\n',
  '"a"',
  "'b'",
  "''",
  '""',
  'a: ',
  'b:',
  'c: 1\n',
  '? ',
  '<<: ',
  '|\n',
  '>-\n',
  '|2\n',
  '>+\n',
  '[a, b]',
  '{a: b}',
  '[',
  ']',
  '{',
  '}',
  ', ',
  'null',
  'true',
  'False',
  '0x1f',
  '0o17',
  '1.5',
  '1e9',
  '1e999',
  '.inf',
  '-.INF',
  '.nan',
  '-0',
  '007',
  '+1',
  '12345678901234567890',
  '10.0.0.1/24',
  '52:54:00:aa:bb:cc',
  '2001:db8::1',
  '1_000',
  '0b1',
  '1:30',
  'a b',
  'a\n b',
  '"a\n b"',
  "'a\n\n b'",
  '\\n',
  '"\\x41\\u00e9"',
  'é',
  '…',
  '\ufeff',
  '\t',
  '\r\n',
  '\u2028',
  '\u0085',
  '\u00a0',
];

/** All that stands in the repository as documents. */
const ROOT = new URL('../..', import.meta.url).pathname;
const TEXTS = ['desired', 'examples'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
);

/** Words of one sort meet more often among themselves. */
const SORTS = {
  blocks:
    'a: |\n~b: >\n~c: |+\n~d: >-\n~e: >+\n~f: |2\n~g: >1-\n~\n~\n~  ~   ~ ~    ~x~y z~\n  x~\n  y\n~\n   z~# c\n~- ~k: v\n~---\n~...\n',
  flows:
    'a: [~a: {~]~}~, ~x~y: 1~\n~\n  ~ ~"q"~\'s\'~"a\n  b"~\'a\n\n  b\'~# c\n~- ~b: ~:~k: v\n~? ~!t ~&a ~*a~%x\n',
  words: 'a: ~b: ~x~y~\n~\n  ~\n    ~ ~  ~# c\n~#~:~- ~-~1~"~\'~\n- ~\n  - ~---\n~\n...\n~%~!~k:\n~z: \n',
};

describe('what readPlain reads', () => {
  it('is what yaml reads, of every document of ours', () => {
    expect(TEXTS.length).toBeGreaterThan(20);
    const plain = TEXTS.filter((text) => readPlain(text) !== null);
    expect(plain.length / TEXTS.length).toBeGreaterThan(0.9);
    plain.forEach(expectTheSame);
  });
  it('is what yaml reads, of documents with slips', () => {
    const slip = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(6),
      put: fc.constantFrom('', ...TOKENS),
    });
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), fc.array(slip, { minLength: 1, maxLength: 4 }), (text, slips) =>
        expectTheSame(
          slips.reduce((old, { at, cut, put }) => {
            const from = Math.floor(at * old.length);
            return old.slice(0, from) + put + old.slice(from + cut);
          }, text),
        ),
      ),
      { numRuns: 1000 },
    );
  });
  it('is nothing where a directive stands that nobody knows, which js-yaml passes over', () => {
    for (const text of ['%a\n---\nc: 1\n', 'c: 1\n...\n%RESERVED x\n---\nd: 1\n']) {
      expectTheSame(text);
      expect(readPlain(text)).toBeNull();
    }
  });
  it('is nothing of a text that ends with a line of spaces alone, which the two readers count otherwise', () => {
    for (const text of ['a: >+\n\n  ', 'a: |+\n  b\n\n  ', 'a: 1\n ']) {
      expectTheSame(text);
      expect(readPlain(text)).toBeNull();
    }
  });
  it('is nothing of what js-yaml goes on with and yaml does not: a key behind a list, a comment behind a pair', () => {
    for (const text of [
      "a:\n- 'x'k: 1\n",
      'a: [k: v\n# c\n ]\n',
      'a:\n- - [x]k: 1\n',
      'a:\n- {x: y} k: 1\n',
    ]) {
      expectTheSame(text);
      expect(readPlain(text)).toBeNull();
    }
  });
  it('is what yaml reads, of any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 14 }), (parts) =>
        expectTheSame(parts.join('')),
      ),
      { numRuns: 3000 },
    );
  });
  it.each(Object.entries(SORTS))('is what yaml reads, of any %s', (_, words) => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words.split('~')), { minLength: 2, maxLength: 12 }), (parts) =>
        expectTheSame(parts.join('')),
      ),
      { numRuns: 3000 },
    );
  });
  it('is what yaml reads, of values in any style', () => {
    const words = fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 8 }));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        words,
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('map'),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }),
      map: fc.dictionary(fc.oneof(words, fc.constantFrom('a', 'b c', '10')), tie('value'), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(
        value,
        fc.boolean(),
        fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
        (it, flow, style) =>
          expectTheSame(
            stringify(it, { collectionStyle: flow ? 'flow' : 'any', defaultStringType: style as 'PLAIN' }),
          ),
      ),
      { numRuns: 1000 },
    );
  });
});
