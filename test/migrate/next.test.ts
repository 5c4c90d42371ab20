import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostView, Readiness } from '../../src/migrate/host-view.ts';
import { type Moment, nextOf } from '../../src/migrate/next.ts';

const READINESS: fc.Arbitrary<Readiness> = fc.oneof(
  fc.constant<Readiness>({ is: 'ready' }),
  fc.record({ is: fc.constantFrom('waits' as const, 'refuses' as const), why: fc.constant('why') }),
);
const VIEW: fc.Arbitrary<HostView> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<HostView>({ is: 'silent', why: 'down' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant('told' as const),
      holds: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
      released: fc.boolean(),
      readiness: READINESS,
    }),
  },
);
const HOST = fc.constantFrom('a', 'b', 'c');
const MOMENT: fc.Arbitrary<Moment> = fc.record({
  guest: fc.constant('web'),
  to: fc.constant('b'),
  git: fc.option(fc.record({ host: HOST, migratingTo: fc.option(HOST) })),
  from: fc.option(fc.constant('a')),
  source: fc.option(VIEW),
  destination: fc.option(VIEW),
  announced: fc.constantFrom('no' as const, 'byUs' as const, 'found' as const),
  command: fc.constantFrom('notBegun' as const, 'succeeded' as const, 'failed' as const),
  refusal: fc.option(fc.constant('no room')),
  interrupted: fc.boolean(),
  timeUp: fc.boolean(),
});

const holds = (view: HostView | null) => (view?.is === 'told' ? view.holds : 'unknown');
const isReady = (view: HostView | null) => view?.is === 'told' && view.readiness.is === 'ready';

describe('what is next in a move', () => {
  const holdsAlways = (property: (moment: Moment, what: ReturnType<typeof nextOf>) => boolean) =>
    fc.assert(
      fc.property(MOMENT, (moment) => property(moment, nextOf(moment))),
      { numRuns: 5000 },
    );

  test('the command runs only when git says so and both hosts are ready, once, and for nobody who has asked to end', () => {
    holdsAlways((moment, next) => {
      const { git, source, destination, command, interrupted } = moment;
      if (next.do !== 'runCommand') return true;
      const announced = git?.migratingTo === 'b' && git.host !== 'b';
      return announced && isReady(source) && isReady(destination) && command === 'notBegun' && !interrupted;
    });
  });

  test('the new host is written only when the command has succeeded or the guest is known to be there', () => {
    holdsAlways(({ command, source, destination }, next) => {
      if (next.do !== 'commit') return true;
      return command === 'succeeded' || (holds(source) === 'no' && holds(destination) === 'yes');
    });
  });

  test('it is never taken back while the guest is known to be at the destination alone', () => {
    holdsAlways(({ source, destination }, next) => {
      return next.do !== 'takeBack' || !(holds(source) === 'no' && holds(destination) === 'yes');
    });
  });

  test('what is another’s is neither announced over nor taken back', () => {
    holdsAlways(({ git, command }, next) => {
      if (command !== 'notBegun') return true;
      const foreign =
        git === null || (git.migratingTo !== null && git.migratingTo !== 'b') || git.host === 'b';
      return !foreign || next.do === 'refuse' || next.do === 'end';
    });
  });

  test('nothing is announced that may not be, or to hosts that do not tell', () => {
    holdsAlways(({ refusal, source, destination, interrupted }, next) => {
      if (next.do !== 'announce') return true;
      const tell = [source, destination].every(
        (view) => view?.is === 'told' && view.readiness.is !== 'refuses',
      );
      return refusal === null && !interrupted && tell;
    });
  });

  test('nobody waits when the time is up, nor after Ctrl-C', () => {
    holdsAlways(({ timeUp, interrupted, command }, next) => {
      return next.do !== 'wait' || (!timeUp && (command === 'failed' || !interrupted));
    });
  });

  test('from whatever state a crash leaves, looking again comes to an end', () => {
    fc.assert(
      fc.property(MOMENT, fc.boolean(), (began, succeeds) => {
        let moment: Moment = { ...began, command: 'notBegun', announced: 'no', from: null, timeUp: false };
        for (let step = 0; step < 10; step++) {
          const next = nextOf(moment);
          if (next.do === 'end' || next.do === 'refuse' || next.do === 'commit' || next.do === 'takeBack')
            return;
          const host = moment.git?.host ?? 'a';
          if (next.do === 'announce') {
            moment = { ...moment, git: { host, migratingTo: 'b' }, from: host, announced: 'byUs' };
          } else if (next.do === 'wait') moment = { ...moment, timeUp: true };
          else moment = { ...moment, command: succeeds ? 'succeeded' : 'failed' };
        }
        throw new Error('it goes on and on');
      }),
      { numRuns: 5000 },
    );
  });

  test('each end is reached', () => {
    // Always the same moments: some ends are so rare that one random sample in some hundreds has none of them.
    const moments = fc.sample(MOMENT, { numRuns: 20_000, seed: 1 });
    const ends = new Set(moments.map((moment) => nextOf(moment).do));
    expect([...ends].sort()).toEqual([
      'announce',
      'commit',
      'end',
      'refuse',
      'runCommand',
      'takeBack',
      'wait',
    ]);
  });
});
