import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_PAUSE, parseDuration } from '../../src/controller/duration.ts';
import { loadPauses, savePauses } from '../../src/controller/pause-store.ts';
import {
  activePauses,
  isHostPaused,
  nextExpiry,
  pause,
  pausedGuests,
  resume,
} from '../../src/controller/pauses.ts';
import type { Pause } from '../../src/controller/words.ts';
import { scratch } from '../support/desired-directory.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const GUESTS = ['web1', 'web2', 'db1'];

function paused(...requests: { guest: string | null; seconds?: number; reason?: string }[]): Pause[] {
  return requests.reduce<Pause[]>((pauses, { guest, seconds = null, reason = null }) => {
    return pause(pauses, { guest, seconds, reason }, GUESTS, NOW).pauses ?? pauses;
  }, []);
}

describe('durations', () => {
  test.each([
    ['90s', 90],
    ['10m', 600],
    ['2h', 7200],
    ['1d', 86_400],
    ['1h30m', 5400],
    ['', null],
    ['0s', null],
    ['10', null],
    ['m', null],
    ['-1h', null],
    ['1.5h', null],
    ['2h x', null],
    ['2 h', null],
    ['367d', null],
    ['99999999999s', null],
  ])('%s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test('whatever is written is a number of seconds within a year, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789smhd .-') }), (text) => {
        const seconds = parseDuration(text);
        expect(
          seconds === null || (Number.isInteger(seconds) && seconds > 0 && seconds <= LONGEST_PAUSE),
        ).toBe(true);
      }),
    );
  });
});

describe('pausing', () => {
  test('a guest, for a time', () => {
    const pauses = paused({ guest: 'web1', seconds: 7200, reason: 'disk swap' });
    expect(pauses).toEqual([{ guest: 'web1', until: NOW + 7_200_000, reason: 'disk swap', since: NOW }]);
    expect([...pausedGuests(pauses, NOW)]).toEqual(['web1']);
    expect(isHostPaused(pauses, NOW)).toBe(false);
  });

  test('it ends by itself, and the end is known beforehand', () => {
    const pauses = paused({ guest: 'web1', seconds: 60 }, { guest: null, seconds: 30 }, { guest: 'db1' });
    expect(nextExpiry(pauses, NOW)).toBe(NOW + 30_000);
    expect(nextExpiry(pauses, NOW + 30_000)).toBe(NOW + 60_000);
    expect(nextExpiry(pauses, NOW + 60_000)).toBeNull();
    expect(activePauses(pauses, NOW + 60_000).map(({ guest }) => guest)).toEqual(['db1']);
  });

  test('a second pause of the same guest takes the place of the first', () => {
    const pauses = paused({ guest: 'web1', seconds: 60 }, { guest: 'web1' });
    expect(pauses.map(({ until }) => until)).toEqual([null]);
  });

  test('an unknown guest is an error that names a near one', () => {
    const { pauses, answer } = pause([], { guest: 'wbe1', seconds: null, reason: null }, GUESTS, NOW);
    expect(pauses).toBeNull();
    expect(answer).toEqual({ ok: false, message: 'guest wbe1 has nothing on this host: did you mean web1?' });
  });

  test('the answer says what holds, for how long, and how to end it', () => {
    const said = (guest: string | null, seconds: number | null) =>
      pause([], { guest, seconds, reason: null }, GUESTS, NOW).answer.message;
    expect(said('web1', 5400)).toBe(
      'Guest web1 is paused for 1 h 30 min: drift is shown and not repaired. To end it: plumbline resume web1',
    );
    expect(said(null, null)).toContain('This host is paused until it is resumed');
  });
});

describe('resuming', () => {
  test('of the host leaves what was paused by itself, and says so', () => {
    const { pauses, answer } = resume(paused({ guest: null }, { guest: 'web1' }), null, GUESTS, NOW);
    expect(pauses?.map(({ guest }) => guest)).toEqual(['web1']);
    expect(answer.message).toBe(
      'This host is resumed; still paused by themselves: web1 (plumbline resume GUEST)',
    );
  });

  test('of a guest says when the host is still paused', () => {
    const { answer } = resume(paused({ guest: null }, { guest: 'web1' }), 'web1', GUESTS, NOW);
    expect(answer.message).toBe('Guest web1 is resumed; the whole host still is: plumbline resume');
  });

  test('what is not paused is as was asked; a guest that nobody knows is a mistake', () => {
    expect(resume([], 'web1', GUESTS, NOW).answer).toEqual({
      ok: true,
      message: 'Guest web1 was not paused',
    });
    expect(resume([], 'wbe1', GUESTS, NOW).answer.ok).toBe(false);
  });

  test('a guest that has gone from here meanwhile can still be resumed', () => {
    const { pauses } = resume(paused({ guest: 'web1' }), 'web1', [], NOW);
    expect(pauses).toEqual([]);
  });
});

describe('kept in the state directory', () => {
  test('they survive as they were', () => {
    const directory = join(scratch(), 'state');
    const pauses = paused({ guest: 'web1', seconds: 60, reason: 'a\nb' }, { guest: null });
    expect(loadPauses(directory)).toEqual({ pauses: [], warning: null });
    expect(savePauses(directory, pauses)).toBeNull();
    expect(loadPauses(directory)).toEqual({ pauses, warning: null });
    expect(readdirSync(directory)).toEqual(['pauses.json']);
  });

  test.each([
    ['torn', '{"version":1,"pau'],
    ['of another shape', '[]'],
    ['with a time that is none', '{"version":1,"pauses":[{"guest":"web1","until":"soon","since":""}]}'],
  ])('a file that is %s pauses nothing and is told', (_name, text) => {
    const directory = scratch();
    writeFileSync(join(directory, 'pauses.json'), text);
    const { pauses, warning } = loadPauses(directory);
    expect(pauses).toEqual([]);
    expect(warning).toContain('cannot be read, so nothing is paused');
  });

  test('a link in its place is not followed', () => {
    const directory = scratch();
    writeFileSync(join(directory, 'other'), '{"version":1,"pauses":[]}');
    symlinkSync('other', join(directory, 'pauses.json'));
    expect(loadPauses(directory).warning).toContain('ELOOP');
  });

  test('what cannot be kept is told, and leaves nothing behind', () => {
    const directory = scratch();
    // A directory cannot be replaced by a file.
    mkdirSync(join(directory, 'pauses.json', 'full'), { recursive: true });
    expect(savePauses(directory, paused({ guest: null }))).toContain('cannot be written');
    expect(readdirSync(directory)).toEqual(['pauses.json']);
    expect(existsSync(join(directory, 'pauses.json', 'full'))).toBe(true);
  });
});
