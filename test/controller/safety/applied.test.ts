import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goodStore } from '../../../src/controller/good.ts';
import { keepApplied, lastApplied, readApplied } from '../../../src/controller/safety/applied.ts';
import { Confirmation } from '../../../src/controller/safety/confirmation.ts';
import { scratch } from '../../support/desired-directory.ts';

const state = (text: string) => ({
  host: 'a',
  texts: { revision: null, files: { 'a.yaml': text, __proto__x: '' } },
});

describe('what was applied last', () => {
  it('is kept whole, once, and damaged it is nothing', async () => {
    const directory = join(scratch(), 'state');
    expect(readApplied(directory)).toBe(null);
    keepApplied(directory, state('one'));
    expect(readApplied(directory)).toEqual(state('one'));
    const file = join(directory, 'applied.json');
    const { ino, mode } = statSync(file);
    expect(mode & 0o777).toBe(0o600);
    keepApplied(directory, state('one'));
    expect(statSync(file).ino).toBe(ino);
    keepApplied(directory, state('two'));
    expect(readApplied(directory)).toEqual(state('two'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('two', 'owt'));
    expect(readApplied(directory)).toBe(null);
    expect(await lastApplied(directory, 'a')).toBe(null);
  });

  it('is what the controller applied, when that came later', async () => {
    const directory = scratch();
    keepApplied(directory, state('one'));
    const files = { 'b.yaml': 'good' };
    await new Promise((resolve) => setTimeout(resolve, 20));
    await goodStore(directory, () => {}).save({ revision: 'abc', files });
    expect(await lastApplied(directory, 'h')).toEqual({ host: 'h', texts: { revision: 'abc', files } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    keepApplied(directory, state('three'));
    expect(await lastApplied(directory, 'h')).toEqual(state('three'));
  });
});

describe('a change that waits', () => {
  const waiting = { pid: 1, until: null };

  it('is decided once', () => {
    const one = new Confirmation(scratch());
    expect(one.keep()).toEqual({ is: 'nothing', last: null });
    expect(one.begin(waiting)).toBe(true);
    expect(one.begin(waiting)).toBe(false);
    one.update({ pid: 1, until: '2026-01-01T00:00:00.000Z' });
    expect(one.waiting()?.until).toBe('2026-01-01T00:00:00.000Z');
    expect(one.keep()).toEqual({ is: 'kept' });
    expect([one.isKept(), one.claimBack(), one.waiting()]).toEqual([true, false, null]);
    one.update(waiting);
    expect(one.waiting()).toBe(null);
    one.end({ is: 'kept', at: 'then' });
    expect(one.keep()).toEqual({ is: 'nothing', last: { is: 'kept', at: 'then' } });
  });

  it('is waited for while it goes back, and too late to keep', () => {
    const one = new Confirmation(scratch());
    one.begin(waiting);
    expect(one.claimBack()).toBe(true);
    expect(one.keep()).toEqual({ is: 'going-back' });
    expect(one.begin(waiting)).toBe(false);
    one.end({ is: 'taken-back', at: 'then' });
    expect(one.begin(waiting)).toBe(true);
  });
});
