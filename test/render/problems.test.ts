import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/model/problem.ts';
import { renderProblems } from '../../src/render/problems.ts';

const problem: Problem = {
  code: 'unknown-key',
  severity: 'error',
  message: 'unknown key "poool"',
  source: { file: 'hosts/a.yaml', line: 2, column: 3 },
  path: 'spec.poool',
  found: 'poool',
  expected: 'pool',
  hint: 'did you mean pool?',
};
const textOf = () => 'spec:\n  poool: []\n';

describe('a problem, for people', () => {
  it('stands with its line, a mark, and a way out', async () => {
    expect(await renderProblems([problem], { color: false, textOf, directory: 'desired/' })).toBe(
      [
        'error[unknown-key] desired/hosts/a.yaml:2:3 spec.poool',
        '  unknown key "poool"',
        '  2 |   poool: []',
        '    |   ^^^^^',
        '  found     poool',
        '  expected  pool',
        '  hint      did you mean pool?',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['{ description: "漢字漢字", ', 'mtx', 27, 3],
    ['{ a: "e\u0301 🐧", ', 'mtx', 13, 3],
    ['', '日本', 0, 4],
  ])(
    'has its mark below what is meant, in columns of the terminal: %s%s',
    async (before, word, from, width) => {
      const source = { file: 'a.yaml', line: 1, column: before.length + 1 };
      const line = `${before}${word}: 1 }`;
      const shown = await renderProblems([{ ...problem, source }], { color: false, textOf: () => line });
      expect(shown).toContain(`\n  1 | ${line}\n    | ${' '.repeat(from)}${'^'.repeat(width)}\n`);
    },
  );

  it('is told without a line where there is none', async () => {
    const bare: Problem = { code: 'x', severity: 'warning', message: 'm', source: null };
    expect(await renderProblems([bare], { color: false, textOf })).toBe('warning[x]\n  m\n');
    const beyond = { ...bare, source: { file: 'a', line: 9, column: 9 } };
    expect(await renderProblems([beyond], { color: false, textOf })).toBe('warning[x] a:9:9\n  m\n');
  });

  it('is ASCII where the terminal knows nothing else, its line too', async () => {
    const strange = { ...problem, message: 'unknown key "prüfung…"', found: '日' };
    const long = Array.from({ length: 101 }, () => strange);
    const options = { color: false, unicode: false, textOf: () => `spec:\n  prüf: ${'x'.repeat(200)}\n` };
    const shown = await renderProblems(long, options);
    expect(shown).toMatch(/^[\x20-\x7e\n]*$/);
    expect(shown).toContain('pr\\xfcf');
    expect(shown).toContain('... and 1 more');
  });

  it('is the same text in colour', async () => {
    const colored = await renderProblems([problem], { color: true, textOf });
    expect(colored).toContain('\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(
      await renderProblems([problem], { color: false, textOf }),
    );
  });

  it('paints nothing that hostile text asks for, and the mark stays below its word', async () => {
    const hostile = '\u001b[2J\u202e\u0000key\u0007';
    const text = `a\u001b[31m\tb: ${hostile}: 1\r\n`;
    const shown = await renderProblems(
      [
        {
          ...problem,
          message: hostile,
          found: hostile,
          hint: hostile,
          path: hostile,
          source: { file: hostile, line: 1, column: 11 },
        },
      ],
      { color: false, textOf: () => text },
    );
    expect(shown).not.toMatch(/[^\n\x20-\x7e]/);
    const [, , line = '', mark = ''] = shown.split('\n');
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe(
      '\\x1b[2J\\u{202e}\\x00key\\x07'.slice(0, mark.split('^').length - 1),
    );
    expect(mark.split('^').length - 1).toBeGreaterThan(1);
  });

  it('shows a window of a long line', async () => {
    const text = `${'x'.repeat(5000)}poool: ${'y'.repeat(5000)}`;
    const shown = await renderProblems([{ ...problem, source: { file: 'a', line: 1, column: 5001 } }], {
      color: false,
      textOf: () => text,
    });
    const [, , line = '', mark = ''] = shown.split('\n');
    expect(line.length).toBeLessThan(120);
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('poool');
  });

  it('stops after a hundred', async () => {
    const shown = await renderProblems(
      Array.from({ length: 130 }, () => problem),
      { color: false },
    );
    expect(shown.match(/^error/gm)).toHaveLength(100);
    expect(shown).toMatch(/… and 30 more/);
  });
});
