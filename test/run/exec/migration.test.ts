import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterNews, type MigrationNews, NO_MIGRATION } from '../../../src/run/exec/migration.ts';

/** What is done in all, and whether the devices are down in the end. */
function follow(...news: MigrationNews[]): { acts: string[]; released: boolean } {
  let migration = NO_MIGRATION;
  const acts: string[] = [];
  for (const one of news) {
    const after = afterNews(migration, one);
    migration = after.migration;
    if (after.act !== null) acts.push(after.act);
  }
  return { acts, released: migration.released };
}

const stop: MigrationNews = { is: 'stop' };
const resume: MigrationNews = { is: 'resume' };
const snapshot: MigrationNews = { is: 'snapshot' };
const status = (word: string): MigrationNews => ({ is: 'status', status: word });
const runState = (word: string): MigrationNews => ({ is: 'runState', runState: word });

test('a migration releases at the stop, once', () => {
  const news = [status('setup'), status('active'), runState('running'), stop];
  expect(follow(...news).acts).toEqual(['release']);
  expect(
    follow(...news, runState('finish-migrate'), status('completed'), runState('postmigrate')).acts,
  ).toEqual(['release']);
});

test('so it does where it waits before the switch-over, and after postcopy has begun', () => {
  for (const word of ['pre-switchover', 'device', 'postcopy-active']) {
    expect(follow(status('active'), status(word), stop).acts).toEqual(['release']);
  }
});

test('a person who pauses a guest releases nothing', () => {
  expect(follow(stop, runState('paused'), resume).acts).toEqual([]);
  expect(follow(status('none'), stop, runState('paused')).acts).toEqual([]);
  expect(follow(status('completed'), runState('running'), stop, runState('paused')).acts).toEqual([]);
  expect(follow(stop, runState('save-vm'), resume).acts).toEqual([]);
});

test('one who pauses it in the midst of a migration: taken back, and released when it has gone', () => {
  const paused = [status('active'), stop, runState('paused')];
  expect(follow(...paused)).toEqual({ acts: ['release', 'raise'], released: false });
  expect(follow(...paused, status('completed'), runState('postmigrate')).released).toBe(true);
});

test('a guest that was paused before it moved goes when the migration is through', () => {
  expect(
    follow(stop, runState('paused'), status('active'), status('completed'), runState('postmigrate')),
  ).toEqual({
    acts: ['release'],
    released: true,
  });
});

test('a migration that fails raises', () => {
  expect(follow(status('active'), stop, status('failed'), resume).acts).toEqual(['release', 'raise']);
  expect(follow(status('active'), stop, status('cancelled'), resume, runState('running')).released).toBe(
    false,
  );
});

test('the side that a guest comes to releases nothing', () => {
  const news = [runState('inmigrate'), status('setup'), status('active'), status('completed')];
  expect(
    follow(...news, runState('inmigrate'), resume, runState('running'), stop, runState('paused')).acts,
  ).toEqual([]);
});

test('a snapshot in the background stops the guest for a moment on its own host', () => {
  const news = [status('setup'), snapshot, status('active'), stop];
  expect(follow(...news, runState('paused'), resume).acts).toEqual([]);
  // The next migration is one again.
  expect(follow(...news, resume, status('completed'), status('setup'), status('active'), stop).released).toBe(
    true,
  );
});

test('whoever comes late learns by the run state', () => {
  expect(follow(status('active'), runState('finish-migrate')).acts).toEqual(['release']);
  expect(follow(status('completed'), runState('postmigrate'), resume).acts).toEqual(['release', 'raise']);
});

test('acts alternate, and what QEMU says of its state in the end decides', () => {
  const word = (...words: string[]) => fc.constantFrom(...words);
  const news = fc.oneof(
    fc.constant(stop),
    fc.constant(resume),
    fc.constant(snapshot),
    word('none', 'setup', 'active', 'device', 'completed', 'failed', 'cancelled', 'new-word').map(status),
    word('running', 'paused', 'finish-migrate', 'postmigrate', 'inmigrate', 'new-word').map(runState),
  );
  fc.assert(
    fc.property(fc.array(news), word('running', 'paused', 'finish-migrate', 'postmigrate'), (many, last) => {
      const { acts, released } = follow(...many, runState(last));
      expect(acts).toEqual(acts.map((_, i) => (i % 2 === 0 ? 'release' : 'raise')));
      expect(released).toBe(last === 'finish-migrate' || last === 'postmigrate');
    }),
  );
});
