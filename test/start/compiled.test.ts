import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { programFile } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

describeNeeding(['root'], 'the build', () => {
  test('keeps compiled what a plan and an apply load', () => {
    const files = readdirSync(join(dirname(programFile()), 'chunks'));
    const compiled = files.filter((name) => name.endsWith('.js.cache'));
    const commands = compiled.map((name) => name.slice(0, name.lastIndexOf('-')));
    // Documents are parsed, a plan is shown, an apply is carried out and recorded.
    expect(commands).toEqual(expect.arrayContaining(['parse', 'plan', 'plan-text', 'apply', 'keep-run']));
    expect(commands).not.toContain('status');
  });
});
