import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editPlacement, NotEditable } from '../../src/migrate/placement-text.ts';

const WEB = { kind: 'Guest', name: 'web' } as const;
const AT_A = { host: 'kvm-a', migratingTo: null };
const MOVING = { host: 'kvm-a', migratingTo: 'kvm-b' };
const AT_B = { host: 'kvm-b', migratingTo: null };

function guest(spec: string): string {
  return `apiVersion: plumbline/v1\nkind: Guest\nmetadata: { name: web }\nspec:${spec}`;
}

const block = guest(' # where and what\n  host: kvm-a   # in rack 1\n  # its cards\n  interfaces: []\n');

describe('the placement in a text', () => {
  test('is written on a line of its own, and taken out with it', () => {
    const moving = editPlacement(block, WEB, MOVING);
    expect(moving).toBe(block.replace('rack 1\n', 'rack 1\n  migratingTo: kvm-b\n'));
    expect(editPlacement(moving, WEB, AT_A)).toBe(block);
    expect(editPlacement(moving, WEB, AT_B)).toBe(block.replace('kvm-a', 'kvm-b'));
  });

  test.each([
    ['{ host: kvm-a, interfaces: [] }', '{ host: kvm-a, migratingTo: kvm-b, interfaces: [] }'],
    ['{host: kvm-a}', '{host: kvm-a, migratingTo: kvm-b}'],
    ['{"host":"kvm-a","interfaces":[]}', '{"host":"kvm-a","migratingTo":"kvm-b","interfaces":[]}'],
    ["{ host: 'kvm-a' }", "{ host: 'kvm-a', migratingTo: kvm-b }"],
    ['{ interfaces: [], host: kvm-a }', '{ interfaces: [], host: kvm-a, migratingTo: kvm-b }'],
    [
      '{\n  "host": "kvm-a",\n  "interfaces": []\n}',
      '{\n  "host": "kvm-a", "migratingTo": "kvm-b",\n  "interfaces": []\n}',
    ],
    [
      '{\n  host: kvm-a, # here\n  interfaces: []\n}',
      '{\n  host: kvm-a, migratingTo: kvm-b, # here\n  interfaces: []\n}',
    ],
    ['\n  host: &home kvm-a', '\n  host: &home kvm-a\n  migratingTo: kvm-b'],
    ['\n  host: !!str kvm-a # x\n', '\n  host: !!str kvm-a # x\n  migratingTo: kvm-b\n'],
    ['\n  host:\n    kvm-a\n', '\n  host:\n    kvm-a\n  migratingTo: kvm-b\n'],
    ['\n  host: >-\n    kvm-a\n', '\n  host: >-\n    kvm-a\n  migratingTo: kvm-b\n'],
    ['\n  "host": kvm-a\n', '\n  "host": kvm-a\n  "migratingTo": "kvm-b"\n'],
  ])('in the form that it has: %j', (spec, moving) => {
    const text = guest(` ${spec}`);
    expect(editPlacement(text, WEB, MOVING)).toBe(guest(` ${moving}`));
    expect(editPlacement(guest(` ${moving}`), WEB, AT_A)).toBe(text);
    expect(editPlacement(guest(` ${moving}`), WEB, AT_B)).toBe(
      guest(` ${spec.replace('kvm-a', 'kvm-b')}`).replace('>-\n    kvm-b', 'kvm-b'),
    );
  });

  test.each([
    ['{ migratingTo: kvm-b, host: kvm-a }', '{ host: kvm-a }'],
    ['{\n  host: kvm-a,\n  migratingTo: kvm-b,\n  interfaces: [] }', '{\n  host: kvm-a,\n  interfaces: [] }'],
    ['{\n  host: kvm-a,\n  migratingTo: kvm-b # soon\n}', '{\n  host: kvm-a # soon\n}'],
    ['{\n  host: kvm-a, # here\n  migratingTo: kvm-b\n}', '{\n  host: kvm-a, # here\n}'],
    ['{\n  migratingTo: kvm-b,\n  host: kvm-a\n}', '{\n  host: kvm-a\n}'],
    ['{ host: kvm-a\n  , migratingTo: kvm-b\n}', '{ host: kvm-a\n}'],
    ['\n  migratingTo: kvm-b # soon\n  host: kvm-a\n', '\n  host: kvm-a\n'],
    ['\n  host: kvm-a\n  migratingTo:\n    kvm-b\n', '\n  host: kvm-a\n'],
  ])('is taken out of whatever a person wrote: %j', (moving, spec) => {
    expect(editPlacement(guest(` ${moving}`), WEB, AT_A)).toBe(guest(` ${spec}`));
  });

  test('keeps an alias out of its way', () => {
    const text = guest('\n  description: &home kvm-a\n  host: *home\n');
    expect(editPlacement(text, WEB, AT_B)).toBe(text.replace('*home', 'kvm-b'));
    const moving = editPlacement(text, WEB, MOVING);
    expect(moving).toBe(`${text}  migratingTo: kvm-b\n`);
  });

  test.each([
    ['an anchor that another key has', '\n  host: &home kvm-a\n  description: *home\n', AT_B],
    ['a key that cannot be told from its value', '\n  ? host\n  : kvm-a\n', MOVING],
    ['a spec that stands elsewhere', ' *spec\n', MOVING],
    ['no host', '\n  interfaces: []\n', MOVING],
    ['broken text', '\n  host: [kvm-a\n', MOVING],
  ])('is left alone where that cannot be: %s', (_, spec, placement) => {
    expect(() => editPlacement(guest(spec), WEB, placement)).toThrow(NotEditable);
  });

  test('is of the one document that is meant', () => {
    const text = `# fleet\n---\n${block}---\n${block.replace('name: web', 'name: db')}...\n---\n${block.replace('Guest', 'Placement')}`;
    expect(editPlacement(text, { kind: 'Guest', name: 'db' }, MOVING)).toBe(
      text.replace(/(name: db[^-]*kvm-a.*\n)/, '$1  migratingTo: kvm-b\n'),
    );
    expect(() => editPlacement(text, { kind: 'Guest', name: 'mail' }, MOVING)).toThrow(NotEditable);
  });

  test('is quoted where it would be read as something else', () => {
    for (const host of ['10', 'no', 'null', '1e3', '0x10']) {
      const moving = editPlacement(block, WEB, { host: 'kvm-a', migratingTo: host });
      expect(moving).toContain(`migratingTo: "${host}"\n`);
    }
  });
});

const NAME = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?$/);
const SPACE = fc.constantFrom('', ' ', '   ');
const COMMENT = fc.constantFrom('', ' # one: { two, [', ' #', '   # ü \u{1f600}');
const OTHER = fc.constantFrom<string[]>(
  ['description', '"a: b # c"'],
  ['description', "'it''s'"],
  ['uuid', '4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01'],
  ['interfaces', '[ { name: eth0, network: red } , ]'],
  ['standby', '[a, "b"]'],
);

interface Layout {
  name: string;
  host: string;
  before: string[][];
  after: string[][];
  indent: string;
  colon: string;
  comments: string[];
  flow: boolean;
  lines: boolean;
  quote: string;
  blank: string;
}

const LAYOUT: fc.Arbitrary<Layout> = fc.record({
  name: NAME,
  host: NAME,
  before: fc.array(OTHER, { maxLength: 2 }),
  after: fc.array(OTHER, { maxLength: 2 }),
  indent: fc.constantFrom(' ', '  ', '      '),
  colon: fc.constantFrom(': ', ' : ', ':   '),
  comments: fc.array(COMMENT, { minLength: 6, maxLength: 6 }),
  flow: fc.boolean(),
  lines: fc.boolean(),
  quote: fc.constantFrom('"', "'"),
  blank: fc.constantFrom('', '\n', '# between\n', '\n\n   # apart\n'),
});

function textOf(layout: Layout): string {
  const { name, host, before, after, indent, colon, comments, flow, lines, quote, blank } = layout;
  const { head, tail } = {
    head: `${blank}kind: Guest${comments[0]}\nmetadata:\n  name: ${quote}${name}${quote}\n`,
    tail: blank,
  };
  const pairs = [...before, ['host', `${quote}${host}${quote}`], ...after].map(
    ([key, value]) => `${key}${colon}${value}`,
  );
  if (!flow) {
    const written = pairs.map((pair, index) => `${indent}${pair}${comments[index + 1] ?? ''}\n`).join(blank);
    return `${head}spec:${comments[1]}\n${written}${tail}`;
  }
  const written = lines
    ? pairs
        .map(
          (pair, index) =>
            `${indent}${pair}${index < pairs.length - 1 ? ',' : ''}${comments[index + 1] ?? ''}\n`,
        )
        .join('')
    : pairs.join(', ');
  return `${head}spec: {${lines ? '\n' : ' '}${written}${lines ? indent : ' '}}${comments[5]}\n${tail}`;
}

/** The lines of the one text that are not in the other, by common beginning and end. */
function changedLines(before: string, after: string): { gone: number; added: number } {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  return { gone: a.length - start - end, added: b.length - start - end };
}

describe('whatever the layout', () => {
  const layouts = fc
    .tuple(
      fc.uniqueArray(LAYOUT, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
      fc.record({
        crlf: fc.boolean(),
        cut: fc.boolean(),
        mark: fc.boolean(),
        which: fc.nat(),
        separator: fc.constantFrom('---\n', '...\n---\n', '--- # next\n'),
      }),
      fc.tuple(NAME, SPACE),
    )
    .filter(([all, { which }, [to]]) => all[which % all.length]?.host !== to);

  test('one line is changed and the rest is byte for byte the same, there and back', () => {
    fc.assert(
      fc.property(layouts, ([all, { crlf, cut, mark, which, separator }, [to]]) => {
        const chosen = all[which % all.length];
        if (chosen === undefined) return;
        const plain = (mark ? '\u{feff}' : '') + all.map(textOf).join(separator);
        const whole = cut ? plain.replace(/\n+$/, '') : plain;
        const text = crlf ? whole.replaceAll('\n', '\r\n') : whole;
        const document = { kind: 'Guest', name: chosen.name } as const;
        const moving = editPlacement(text, document, { host: chosen.host, migratingTo: to });
        const { gone, added } = changedLines(text, moving);
        expect([gone <= 1, added - gone]).toEqual([true, chosen.flow ? 0 : 1]);
        expect(moving.replace(/\r?\n/g, '').length).toBeGreaterThan(text.replace(/\r?\n/g, '').length);
        expect(editPlacement(moving, document, { host: chosen.host, migratingTo: null })).toBe(text);
        const moved = editPlacement(moving, document, { host: to, migratingTo: null });
        expect(moved).toBe(editPlacement(text, document, { host: to, migratingTo: null }));
        expect(changedLines(text, moved)).toEqual({ gone: 1, added: 1 });
        expect(editPlacement(moved, document, { host: chosen.host, migratingTo: null })).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
