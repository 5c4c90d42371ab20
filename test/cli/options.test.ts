import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/exit.ts';
import { mayColor, optionsOf } from '../../src/cli/io.ts';
import { parseOptions } from '../../src/cli/options.ts';

test('without words everything has its default', () => {
  expect(parseOptions('plan', [])).toEqual({
    directory: 'desired',
    host: null,
    output: 'text',
    revision: null,
    exitCode: false,
    allowRecreate: false,
    sandbox: false,
    noColor: false,
    help: false,
  });
  expect(parseOptions('schema', []).kind).toBeNull();
  expect(parseOptions('teardown', ['--yes'])).toMatchObject({ yes: true });
});

test('options stand before or after the directory, with their value joined or not', () => {
  const words = ['-ojson', '--host', 'kvm-a', 'fleet', '--revision=HEAD~1', '--exit-code'];
  expect(parseOptions('plan', words)).toMatchObject({
    directory: 'fleet',
    host: 'kvm-a',
    output: 'json',
    revision: 'HEAD~1',
    exitCode: true,
  });
});

test('what follows -- is no option', () => {
  expect(parseOptions('plan', ['--', '--host']).directory).toBe('--host');
  expect(optionsOf(['a', '--', '--no-color'])).toEqual(['a']);
});

describe('a mistake is told with what was meant', () => {
  const mistakes: [Parameters<typeof parseOptions>, string, string | null][] = [
    [['plan', ['--reversion', 'x']], 'unknown option --reversion', 'did you mean --revision?'],
    [['plan', ['--exti-code']], 'unknown option --exti-code', 'did you mean --exit-code?'],
    [['plan', ['--allow-prune']], '--allow-prune is no option of plan', null],
    [['plan', ['-x']], 'unknown option -x', null],
    [['plan', ['-o', 'jsno']], "-o is text or json, not 'jsno'", 'did you mean -o json?'],
    [['plan', ['--host']], '--host needs a value: --host NAME', null],
    [['plan', ['--host', '--exit-code']], '--host needs a value: --host NAME', null],
    [['plan', ['--host=']], '--host needs a value: --host NAME', null],
    [['plan', ['--exit-code=2']], "--exit-code takes no value, but '2' was given", null],
    [['plan', ['a', 'b']], "plan takes one DIR, but 'b' was given too", null],
    [['teardown', ['a']], "teardown takes no argument, but 'a' was given too", null],
    [['plan', ['']], 'DIR is empty', null],
    [
      ['approve', []],
      'approve needs DIGEST: of the plan that waits, as status shows it; its first 8 digits are enough',
      null,
    ],
  ];
  test.each(mistakes)('%j', (words, message, hint) => {
    let error: unknown;
    try {
      parseOptions(...words);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message, hint, code: 64, command: words[0] });
  });
});

test('colour is for terminals, unless the environment says otherwise', () => {
  expect(mayColor(true, {})).toBe(true);
  expect(mayColor(undefined, {})).toBe(false);
  expect(mayColor(true, { NO_COLOR: '1' })).toBe(false);
  expect(mayColor(true, { NO_COLOR: '' })).toBe(true);
  expect(mayColor(true, { TERM: 'dumb' })).toBe(false);
  expect(mayColor(false, { FORCE_COLOR: '1' })).toBe(true);
  expect(mayColor(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
});
