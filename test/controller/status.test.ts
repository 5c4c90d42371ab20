import { describe, expect, test } from 'vitest';
import { buildStatus, type StatusInput } from '../../src/controller/status.ts';
import type { Rejection } from '../../src/controller/words.ts';
import type { AnyChange, Gate } from '../../src/model/plan.ts';
import type { Problem } from '../../src/model/problem.ts';
import * as sample from '../render/plan-samples.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const DIGEST = '0123456789abcdef0123456789abcdef';
const REVISION = '3f2a91c0d5f1f0a4b3c2d1e0f9a8b7c6d5e4f3a2';

const NETWORKS = [sample.network('office', 'bridge br0', 3)];
const HELD: Gate = { is: 'held', why: 'guestRuns', held: { is: 'held', pids: [4121] } };

function planOf(changes: AnyChange[], problems: Problem[] = []) {
  return { ...sample.plan(NETWORKS, changes, problems), digest: DIGEST };
}

function input(more: Partial<StatusInput> = {}): StatusInput {
  return {
    now: NOW,
    host: 'kvm-a',
    pid: 77,
    source: {
      description: 'the head of main in /etc/plumbline',
      state: { seen: REVISION, fetchedAt: NOW - 12_000, trouble: null, refused: null },
    },
    applied: REVISION,
    rejection: null,
    onTrial: null,
    last: { plan: planOf([]), outcomes: null },
    inSyncSince: NOW - 60_000,
    pauses: [],
    contended: [],
    runs: [],
    devices: [],
    served: new Map(),
    troubles: [],
    notKept: [],
    holderName: () => 'qemu-system-x86',
    ...more,
  };
}

const problem = (message: string, more: Partial<Problem> = {}): Problem => ({
  code: 'unknown-network',
  severity: 'error',
  message,
  source: { file: 'guests/web1.yaml', line: 9, column: 3 },
  ...more,
});

const rejection = (more: Partial<Rejection> = {}): Rejection => ({
  revision: '9be01aa0d5f1f0a4b3c2d1e0f9a8b7c6d5e4f3a2',
  at: NOW - 180_000,
  why: 'invalid',
  problems: [problem('guest web1 names network rde-network, which no document declares')],
  retryAt: null,
  ...more,
});

const tapOf = (guest: string) => sample.create('link', `${guest}-eth0`, sample.tap(), { guests: [guest] });
const replaced = (guest: string, gate: Gate) =>
  sample.change(
    'replace',
    sample.observed('link', `${guest}-eth0`, sample.tap(), `Guest/${guest}/eth0`),
    sample.wanted('link', `${guest}-eth0`, sample.tap({ multiQueue: true }), { guests: [guest] }),
    { fields: [{ field: 'multiQueue', before: false, after: true }], impact: 'recreate', gate },
  );
const removed = (guest: string, gate: Gate) =>
  sample.change(
    'delete',
    sample.observed('link', `${guest}-eth0`, sample.tap(), `Guest/${guest}/eth0`),
    null,
    {
      guests: [guest],
      impact: 'remove',
      reason: gate.is === 'open' ? 'not wanted here' : 'leaving: it still runs here',
      gate,
    },
  );

const GUARD: Gate = { is: 'held', why: 'guard', held: null };
const guardProblem: Problem = {
  code: 'guard-prune',
  severity: 'warning',
  message: 'this would remove 40 of the 50 guest devices on this host: nothing is done without approval',
  source: null,
};

/** From the worst to the least: each with what makes it so, and how its line begins. */
const CONCERNS: [string, Partial<StatusInput>, string][] = [
  [
    'a change whose probes do not come back',
    { onTrial: { revision: '9be01aa00', failing: ['ping 192.0.2.2'], until: NOW + 20_000 } },
    'Revision 9be01aa is on trial: ping 192.0.2.2 fails since it was applied; it is taken back in 20 s unless it passes',
  ],
  [
    'a rejected revision',
    { rejection: rejection() },
    'Revision 9be01aa is rejected here: guest web1 names network rde-network, which no document declares (guests/web1.yaml:9); the host stays at 3f2a91c',
  ],
  [
    'a failed change',
    (() => {
      const plan = planOf([tapOf('web1')]);
      const failed = 'RTNETLINK answers: Device or resource busy\nCommand failed -:7';
      return { last: { plan, outcomes: sample.outcomesOf(plan, { 'link:web1-eth0': ['failed', failed] }) } };
    })(),
    '1 change failed: web1 eth0 tap web1-eth0: RTNETLINK answers: Device or resource busy (guests/web1.yaml:9)',
  ],
  [
    'what cannot be done',
    { last: { plan: planOf([], [problem('no room for web9', { code: 'pool-full' })]), outcomes: null } },
    '1 problem: no room for web9 (guests/web1.yaml:9)',
  ],
  [
    'a run that waits for approval',
    {
      last: {
        plan: planOf([removed('web1', GUARD), removed('web2', GUARD)], [guardProblem]),
        outcomes: null,
      },
    },
    'Held for approval: this would remove 40 of the 50 guest devices on this host: nothing is done without approval. If that is meant: plumbline approve 0123456789ab',
  ],
  [
    'somebody else at work',
    {
      contended: [{ id: 'link:web1-eth0', what: 'mtu 1400 → 1500', times: 4, until: NOW + 28_000 }],
    },
    'Somebody else keeps changing web1-eth0: mtu 1400 → 1500, 4 times; left alone for 28 s',
  ],
  [
    'a held change',
    { last: { plan: planOf([replaced('cache', HELD)]), outcomes: null } },
    '1 change waits for running guests: cache eth0 tap cache-eth0: multi-queue off → on: needs a new device; qemu-system-x86 (pid 4121) has it open. To do it all the same: plumbline approve 0123456789ab',
  ],
  [
    'a pause',
    {
      pauses: [{ guest: null, until: NOW + 3_600_000, reason: 'disk swap', since: NOW }],
      last: { plan: planOf([tapOf('web1')]), outcomes: null },
    },
    'This host is paused for another 1 h (disk swap): 1 change not made',
  ],
  [
    'a source out of reach',
    {
      source: {
        description: 'a clone',
        state: {
          seen: REVISION,
          fetchedAt: null,
          trouble: 'could not resolve host git.example',
          refused: null,
        },
      },
    },
    'Nothing new can be had from git: could not resolve host git.example; the host is kept at 3f2a91c',
  ],
  [
    'work to do',
    { last: { plan: planOf([tapOf('web1'), tapOf('web2')]), outcomes: null } },
    'Not in sync: 2 changes to make',
  ],
];

describe('the headline', () => {
  test('says that all is well, with what is here', () => {
    const status = buildStatus(input());
    expect(status).toMatchObject({
      headline: 'All is well: kvm-a is in sync with 3f2a91c (1 network, 3 guests)',
      healthy: true,
      inSync: true,
      inSyncSince: '2026-03-01T09:59:00.000Z',
    });
  });

  test.each(CONCERNS)('names %s', (_name, more, headline) => {
    expect(buildStatus(input(more))).toMatchObject({
      headline: expect.stringMatching(escaped(headline)),
      healthy: false,
    });
  });

  test('of several things it names the worst', () => {
    const without = CONCERNS.filter(([, more]) => more.last === undefined);
    for (let i = 0; i < without.length; i++) {
      const all = without
        .slice(i)
        .reverse()
        .map(([, more]) => more);
      const { headline } = buildStatus(input(Object.assign({}, ...all)));
      expect(headline).toMatch(escaped(without[i]?.[2].slice(0, 30) ?? ''));
    }
  });

  test('before the first run nothing is well yet', () => {
    expect(buildStatus(input({ last: null }))).toMatchObject({
      headline: 'Starting: no run has ended yet',
      healthy: false,
      inSync: false,
      inSyncSince: null,
    });
  });

  test('a guest that leaves is no trouble, and is told', () => {
    const plan = planOf([removed('web1', HELD)]);
    const status = buildStatus(input({ last: { plan, outcomes: null } }));
    expect(status.healthy).toBe(true);
    expect(status.headline).toMatch(/^All is well: .*; web1 leaves once let go$/);
    expect(status.waiting).toMatchObject([{ why: 'leaving', guests: ['web1'] }]);
  });

  test('what was done is in sync', () => {
    const plan = planOf([tapOf('web1')]);
    const status = buildStatus(input({ last: { plan, outcomes: sample.outcomesOf(plan) } }));
    expect(status).toMatchObject({ healthy: true, inSync: true });
  });

  test('without a controller it says so, and what to do by hand', () => {
    const last = { plan: planOf([tapOf('web1')]), outcomes: null };
    expect(buildStatus(input({ pid: null, last }))).toMatchObject({
      controller: false,
      headline: 'No controller runs here. Not in sync: 1 change to make. Next: plumbline apply',
    });
  });

  test('a revision that probes took back is told with when it is tried again', () => {
    const problems = [problem('tcp 10.0.0.1:22 is not reached', { source: null })];
    const taken = rejection({ why: 'probes', problems, retryAt: NOW + 120_000 });
    expect(buildStatus(input({ rejection: taken })).headline).toBe(
      'Revision 9be01aa was taken back, for probes failed after it: tcp 10.0.0.1:22 is not reached, tried again in 2 min; the host stays at 3f2a91c, in sync',
    );
  });
});

test('a commit that does not follow on the last one is a rejection', () => {
  const problems = [problem('history was rewritten: 3f2a91c is not in that of 9be01aa', { source: null })];
  const refused = { revision: '9be01aa0d5f1', at: NOW - 60_000, problems };
  const source = {
    description: 'a clone',
    state: { seen: '9be01aa0d5f1', fetchedAt: NOW, trouble: null, refused },
  };
  const status = buildStatus(input({ source }));
  expect(status.rejected).toMatchObject({ why: 'not-forward', revision: '9be01aa0d5f1', retryAt: null });
  expect(status.rejected?.at).toBe(new Date(NOW - 60_000).toISOString());
  expect(status.headline).toMatch(/^Revision 9be01aa is rejected: it does not follow on the last one: /);
});

describe('what can be approved', () => {
  test.each([
    ['the guard’s', removed('web1', GUARD), DIGEST],
    ['a held device', replaced('web1', HELD), DIGEST],
    ['a pause', replaced('web1', { is: 'held', why: 'paused', held: null }), null],
    ['nothing held', tapOf('web1'), null],
  ])('%s', (_name, change, expected) => {
    const last = { plan: planOf([change]), outcomes: null };
    expect(buildStatus(input({ last })).approvable).toBe(expected);
  });
});

test('what waits is told by why', () => {
  const plan = sample.mixedPlan();
  const { waiting } = buildStatus(input({ last: { plan, outcomes: null } }));
  expect(waiting.map(({ id, why }) => [id, why])).toEqual([
    ['link:cache-eth0', 'held'],
    ['link:mail-eth0', 'taken'],
    ['link:gone-eth0', 'leaving'],
  ]);
});

test('times leave as ISO 8601, runs newest first and not too many', () => {
  const summary = { create: 1, update: 0, replace: 0, delete: 0, held: 0, skipped: 0 };
  const runs = Array.from({ length: 30 }, (_, i) => ({
    at: NOW - (30 - i) * 1000,
    duration: 210,
    triggers: ['links' as const],
    revision: REVISION,
    digest: DIGEST,
    summary,
    status: 0 as const,
    changes: [],
  }));
  const status = buildStatus(input({ runs }));
  expect(status.runs).toHaveLength(10);
  expect(status.runs[0]).toEqual({
    at: '2026-03-01T09:59:59.000Z',
    duration: 210,
    triggers: ['links'],
    revision: REVISION,
    summary,
    status: 0,
  });
  expect(status.source?.fetchedAt).toBe('2026-03-01T09:59:48.000Z');
  // What goes over the socket comes back as it was.
  expect(JSON.parse(JSON.stringify(status))).toEqual(status);
});

test('a contention that is over is not shown', () => {
  const contended = [{ id: 'link:a' as const, what: 'mtu 1 → 2', times: 4, until: NOW }];
  expect(buildStatus(input({ contended }))).toMatchObject({ contended: [], healthy: true });
});

function escaped(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}
