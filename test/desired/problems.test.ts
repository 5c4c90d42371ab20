import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { loadDirectory } from '../../src/desired/load.ts';
import { VERSION } from '../../src/model/version.ts';
import { desiredDirectory, document, scratch } from '../support/desired-directory.ts';
import { ADDRESSING_PROBLEMS, type TextFixture } from './addressing-problems.ts';

const network = (spec: string) => document('Network', 'red', spec);
const guest = (spec: string) => document('Guest', 'web1', spec);

/** One for each problem that a single text can have. */
const FIXTURES: TextFixture[] = [
  { code: 'yaml-syntax', text: 'kind: [a\nname: b\n', at: [2, 1] },
  { code: 'yaml-syntax', text: network('!secret { }'), at: [4, 7] },
  { code: 'yaml-syntax', text: network('*spec'), path: 'spec', at: [4, 7], found: '*spec' },
  // A circle: the anchor is not complete where the alias stands.
  { code: 'yaml-syntax', text: network('&spec { mtu: *spec }'), path: 'spec.mtu', at: [4, 20] },
  {
    code: 'duplicate-key',
    text: network('{ mtu: 1500, mtu: 1400 }'),
    path: 'spec.mtu',
    at: [4, 20],
    hint: 'the first is on line 4',
  },
  {
    // As much of it as tells which it is.
    code: 'unknown-key',
    text: network(`{ ${'k'.repeat(900)}: 1 }`),
    path: `spec["${'k'.repeat(61)}..."]`,
    at: [4, 9],
    found: `${'k'.repeat(61)}...`,
  },
  {
    code: 'unknown-key',
    text: network('\n  mtu: 1500\n  potrGroups: []'),
    path: 'spec.potrGroups',
    at: [6, 3],
    found: 'potrGroups',
    expected: 'one of description, mtu, portGroups',
    hint: 'did you mean portGroups?',
  },
  { code: 'unknown-key', text: network('{ __proto__: { mtu: 1 } }'), path: 'spec.__proto__', at: [4, 9] },
  { code: 'unknown-key', text: network('{ constructor: 1 }'), path: 'spec.constructor', at: [4, 9] },
  {
    code: 'unknown-key',
    text: network('{ portGroups: [{ name: a, vlan: { trnk: [1] } }] }'),
    path: 'spec.portGroups[0].vlan.trnk',
    at: [4, 41],
    hint: 'did you mean trunk?',
  },
  {
    code: 'missing-key',
    text: 'kind: Network\nmetadata: { name: a }\nspec: {}\n',
    path: 'apiVersion',
    at: [1, 1],
  },
  { code: 'missing-key', text: 'apiVersion: plumbline/v1\n', path: 'kind', at: [1, 1] },
  {
    code: 'missing-key',
    text: guest('{ host: a }'),
    path: 'spec.interfaces',
    at: [4, 1],
    expected: 'a list',
  },
  {
    code: 'missing-key',
    text: network('{ portGroups: [{ name: a, vlan: {} }] }'),
    path: 'spec.portGroups[0].vlan',
    at: [4, 33],
  },
  { code: 'wrong-type', text: '- a\n- b\n', at: [1, 1], found: 'a list' },
  {
    code: 'wrong-type',
    text: network('{ mtu: "1500" }'),
    path: 'spec.mtu',
    at: [4, 9],
    found: '"1500"',
    expected: 'a number',
  },
  { code: 'wrong-type', text: network('{ ? [a] : 1 }'), path: 'spec', at: [4, 11] },
  {
    code: 'wrong-type',
    text: guest('{ interfaces: [{ name: 0, network: red }] }'),
    path: 'spec.interfaces[0].name',
    at: [4, 24],
    hint: 'write it in quotes: "0"',
  },
  {
    code: 'wrong-type',
    text: guest('{ interfaces: [{ name: 007, network: red }] }'),
    path: 'spec.interfaces[0].name',
    at: [4, 24],
    found: '7',
    hint: 'write it in quotes: "007"',
  },
  {
    code: 'wrong-type',
    text: guest('{ interfaces: [{ name: eth0, network: red, mac: 525400123456 }] }'),
    path: 'spec.interfaces[0].mac',
    at: [4, 50],
    expected: 'a unicast MAC address such as 52:54:00:12:34:56',
  },
  {
    code: 'wrong-value',
    text: 'apiVersion: v1\nkind: Network\nmetadata: { name: a }\nspec: {}\n',
    path: 'apiVersion',
    at: [1, 1],
    expected: 'plumbline/v1',
  },
  {
    code: 'wrong-value',
    text: document('Host', 'kvm-a', '{ networks: { red: { type: virtul } } }'),
    path: 'spec.networks.red.type',
    at: [4, 28],
    expected: 'one of bridge, direct, openvswitch, virtual',
    hint: 'did you mean virtual?',
  },
  {
    code: 'wrong-value',
    text: network('{ portGroups: [{ name: a, vlan: { tag: 1, trunk: [2] } }] }'),
    path: 'spec.portGroups[0].vlan',
    at: [4, 33],
    expected: 'only one of trunk, tag',
  },
  ...ADDRESSING_PROBLEMS,
  {
    code: 'unknown-kind',
    text: 'kind: Gest\n',
    path: 'kind',
    at: [1, 1],
    found: '"Gest"',
    hint: 'did you mean Guest?',
  },
  { code: 'unknown-kind', text: 'kind: 5\n', path: 'kind', at: [1, 1], found: '5' },
  { code: 'unknown-kind', text: 'kind: toString\n', path: 'kind', at: [1, 1] },
  { code: 'unknown-kind', text: 'kind:\n', path: 'kind', at: [1, 1], found: 'nothing' },
  {
    code: 'out-of-range',
    text: network('{ mtu: 67 }'),
    path: 'spec.mtu',
    at: [4, 9],
    found: '67',
    expected: 'at least 68',
  },
  {
    code: 'out-of-range',
    text: network('{ portGroups: [{ name: a, vlan: { tag: 4095 } }] }'),
    path: 'spec.portGroups[0].vlan.tag',
    at: [4, 41],
    expected: 'at most 4094',
  },
  {
    code: 'wrong-length',
    text: document('Host', 'a', '{ networks: { red: { type: direct, mode: vepa, pool: [] } } }'),
    path: 'spec.networks.red.pool',
    at: [4, 54],
    found: '0 items',
    expected: 'at least 1 item',
  },
  {
    code: 'bad-format',
    text: guest('{ interfaces: [{ name: eth0, network: red, mac: "01:00:5e:00:00:01" }] }'),
    path: 'spec.interfaces[0].mac',
    at: [4, 50],
    expected: /unicast/,
  },
  {
    code: 'bad-format',
    text: document('Guest', 'Web_1', '{ interfaces: [] }'),
    path: 'metadata.name',
    at: [3, 13],
    found: '"Web_1"',
  },
  {
    code: 'bad-format',
    text: document('Host', 'a', '{ networks: { Red: { type: bridge, bridge: br0 } } }'),
    path: 'spec.networks.Red',
    at: [4, 21],
    found: 'Red',
  },
  { code: 'nesting-too-deep', text: network(`${'['.repeat(40)}${']'.repeat(40)}`), at: [4, 38] },
  { code: 'nesting-too-deep', text: '- '.repeat(100_000), at: [1, 65] },
  { code: 'alias-expansion', text: bomb(), at: [9, 10] },
  { code: 'too-many-documents', text: '---\n'.repeat(10_001), at: [1, 1] },
  { code: 'too-many-documents', text: 'a\n...\n'.repeat(10_001), at: [1, 1] },
  { code: 'not-text', text: 'kind: Guest\n\0', at: [2, 1], found: 'a NUL byte' },
  { code: 'not-text', text: 'kind: Guest\nspec: é\0', at: [2, 8], found: 'a NUL byte' },
  // YAML 1.2, whatever is asked for: else these would be a date, bytes, and false.
  { code: 'wrong-type', text: `%YAML 1.1\n---\n${network('2024-01-01')}`, at: [6, 1], found: '"2024-01-01"' },
  { code: 'wrong-type', text: `%YAML 1.1\n---\n${network('{ dns: { enabled: no } }')}`, at: [6, 16] },
  { code: 'yaml-syntax', text: document('Fleet', 'f', '!!binary ""'), at: [4, 7] },
  // Not an empty file, in silence.
  { code: 'yaml-syntax', text: '%include networks.yaml\n', at: [1, 1] },
];

/** A billion values in a few lines. */
function bomb(): string {
  const levels = 'bcdefghij'.split('').map((letter, i) => {
    const before = String.fromCharCode('a'.charCodeAt(0) + i);
    return `  ${letter}: &${letter} [${Array(9).fill(`*${before}`).join(', ')}]\n`;
  });
  return `${network('{}').replace('{}', '')}  a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n${levels.join('')}`;
}

describe('problems of one text', () => {
  it.each(FIXTURES)('$code at $path ($at)', async ({ code, text, path, at, found, expected, hint }) => {
    const { problems } = await loadDirectory(desiredDirectory({ 'x.yaml': text }), { cache: null });
    const first = problems[0];
    expect(first).toMatchObject({
      code,
      severity: 'error',
      source: { file: 'x.yaml', line: at[0], column: at[1] },
    });
    if (path !== undefined) expect(first?.path).toBe(path);
    if (found !== undefined) expect(first?.found).toBe(found);
    if (hint !== undefined) expect(first?.hint).toBe(hint);
    if (expected !== undefined) expect(first?.expected).toMatch(expected);
  });

  it('tells all of them at once, and no consequence of one', async () => {
    const text = [
      network('{ mtu: 1, mtoo: 2 }'),
      guest('{ host: kvm-a, interfaces: [{ name: eth0, network: red, mac: x, queues: 0 }] }'),
      'kind: [\n',
    ].join('---\n');
    const { problems, fleet } = await loadDirectory(desiredDirectory({ 'x.yaml': text }), { cache: null });
    expect(problems.map(({ code, path }) => `${code} ${path ?? ''}`)).toEqual([
      'out-of-range spec.mtu',
      'unknown-key spec.mtoo',
      'bad-format spec.interfaces[0].mac',
      'out-of-range spec.interfaces[0].queues',
      'yaml-syntax ',
    ]);
    expect([...fleet.broken].sort()).toEqual(['Guest/web1', 'Network/red']);
    expect(fleet.unreadable).toBe(true);
  });

  it('counts what is too much to tell', async () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join(', ');
    const { problems } = await loadDirectory(desiredDirectory({ 'x.yaml': network(`{ ${keys} }`) }), {
      cache: null,
    });
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toMatchObject({
      code: 'more-problems',
      message: '4950 more problems in this document',
    });
  });

  it('tells where a file ceases to be UTF-8', async () => {
    const bytes = Buffer.from(network('{ description: "漢字 caf?" }').replace('?', '\u0000'));
    bytes[bytes.indexOf(0)] = 0xe9;
    const { problems } = await loadDirectory(desiredDirectory({ 'x.yaml': bytes }), { cache: null });
    expect(problems).toMatchObject([
      { code: 'not-text', source: { line: 4, column: 29 }, found: 'bytes that are no UTF-8' },
    ]);
  });

  it('tells a slip of syntax once, at the line where it is', async () => {
    const problemsOf = async (text: string) => {
      const { problems } = await loadDirectory(desiredDirectory({ 'x.yaml': text }), { cache: null });
      return problems.map(({ code, source }) => `${code} ${source?.line}:${source?.column}`);
    };
    expect(await problemsOf(network('}\n  mtu: 1500'))).toEqual(['yaml-syntax 4:7']);
    // The quote ends nowhere, which shows at the end of the text.
    const open = await problemsOf(network('{ description: "a }\n# b'));
    expect(open).toEqual(['yaml-syntax 6:1']);
  });

  it('stops reading a file that has too many', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`).join(', ');
    const text = `---\n{ kind: Fleet, ${keys} }\n`.repeat(100);
    const { problems, fleet } = await loadDirectory(desiredDirectory({ 'x.yaml': text }), { cache: null });
    expect(problems.length).toBeLessThan(1060);
    expect(problems.at(-1)).toMatchObject({
      code: 'more-problems',
      message: 'the file has too many problems: from here on it was not read',
    });
    expect(fleet.unreadable).toBe(true);
  });

  it('tells a number that is far too large once', async () => {
    const files = { 'a.yaml': network('{ mtu: 1e16 }') };
    const { problems } = await loadDirectory(desiredDirectory(files), { cache: null });
    expect(problems).toMatchObject([{ code: 'out-of-range', expected: 'at most 65521' }]);
  });

  it('does not send anybody to quotes with which it would not be valid either', async () => {
    const text = guest('{ interfaces: [{ name: eth0, network: red, mac: 525400123456 }] }');
    const { problems } = await loadDirectory(desiredDirectory({ 'a.yaml': text }), { cache: null });
    expect(problems.map(({ hint }) => hint)).toEqual([undefined]);
  });

  it('tells only of the version when the fleet asks for a newer one', async () => {
    const files = {
      'a.yaml': network('{ other: 1 }'),
      'b.yaml': document('Guest', 'web1', '{ host: missing, interfaces: [] }'),
      'x.yaml': document('Fleet', 'zurich', '{ minVersion: "99.0.0", newKey: 1 }'),
    };
    const { problems, fleet } = await loadDirectory(desiredDirectory(files), { cache: null });
    expect([...problems, ...check(fleet)]).toMatchObject([
      {
        code: 'needs-newer-plumbline',
        path: 'spec.minVersion',
        source: { file: 'x.yaml', line: 4, column: 9 },
      },
    ]);
  });

  it('tells of that version each time, though the document that asks for it is a second one', async () => {
    const files = {
      'a.yaml': document('Fleet', 'a', '{}'),
      'b.yaml': document('Fleet', 'b', '{ minVersion: "99.0.0" }'),
    };
    const directory = desiredDirectory(files);
    const cache = scratch();
    for (let load = 0; load < 2; load++) {
      expect((await loadDirectory(directory, { cache })).problems).toMatchObject([
        { code: 'needs-newer-plumbline', source: { file: 'b.yaml', line: 4, column: 9 } },
      ]);
    }
  });

  it('takes a fleet that asks for this version or an older one', async () => {
    for (const version of [VERSION, '0.0.99']) {
      const files = { 'x.yaml': document('Fleet', 'zurich', `{ minVersion: "${version}" }`) };
      expect((await loadDirectory(desiredDirectory(files), { cache: null })).problems).toEqual([]);
    }
  });

  it('tells where the first stands of a document that is declared twice', async () => {
    const files = { 'a.yaml': network('{ mtu: 1400 }'), 'b.yaml': network('{ mtu: 1500 }') };
    const { problems, fleet } = await loadDirectory(desiredDirectory(files), { cache: null });
    expect(problems).toMatchObject([
      {
        code: 'duplicate-document',
        source: { file: 'b.yaml', line: 3, column: 13 },
        hint: 'the first is at a.yaml:1; keep one of them',
      },
    ]);
    expect(fleet.networks.get('red')?.spec.mtu).toBe(1400);
  });

  it('lets a fleet have one Fleet document only', async () => {
    const files = { 'a.yaml': document('Fleet', 'a', '{}'), 'b.yaml': document('Fleet', 'b', '{}') };
    const { problems } = await loadDirectory(desiredDirectory(files), { cache: null });
    expect(problems).toMatchObject([{ code: 'duplicate-document', source: { file: 'b.yaml' } }]);
  });
});
