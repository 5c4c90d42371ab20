import { describe, expect, it } from 'vitest';
import { printable } from '../../src/render/printable.ts';

describe('text of any origin, for a terminal', () => {
  it.each(['web1', 'é', '日本', 'e\u0301', 'Привет', '→ …', 'שלום', '👍'])('shows %s as it is', (text) => {
    expect(printable(text)).toBe(text);
  });

  it.each([
    ['a control', 'a\u001b[2J', 'a\\x1b[2J'],
    ['a line break', 'a\nb', 'a\\nb'],
    ['the direction of writing', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
    ['what has no width', 'a\u200bb\u2060\ufeff', 'a\\u{200b}b\\u{2060}\\u{feff}'],
    ['a letter that is not to be seen', 'a\u3164\uffa0', 'a\\u{3164}\\u{ffa0}'],
    ['a selector of another look', 'a\ufe0f', 'a\\u{fe0f}'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['half a character', 'a\ud83d', 'a\\u{d83d}'],
    ['what nobody has assigned', 'a\u0378\u{e0fff}', 'a\\u{378}\\u{e0fff}'],
    ['private use', 'a\ue000\u{f0000}', 'a\\u{e000}\\u{f0000}'],
    ['marks on what stands before', '\u0301\u0302é\u0301', '\\u{301}\\u{302}é\u0301'],
  ])('escapes %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is ASCII where the terminal knows nothing else', () => {
    expect(printable('é日a', false)).toBe('\\xe9\\u{65e5}a');
  });
});
