import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunRecord, Status } from '../../src/model/status.ts';
import { renderHistoryText } from '../../src/render/history-text.ts';
import { formatAgo, formatDuration, formatRemaining } from '../../src/render/moment.ts';
import { renderStatusText } from '../../src/render/status-text.ts';

import { ago, DEGRADED, NOW, OPTIONS, REVISION, SUMMARY, WELL } from './statuses.ts';

describe('status as text', () => {
  test('of a host that is well', () => {
    expect(renderStatusText(WELL, OPTIONS)).toMatchInlineSnapshot(`
      "All is well: kvm-a is in sync with 3f2a91c (2 networks, 3 guests)

      Host      kvm-a, controller pid 812
      Source    the head of main in /etc/plumbline, fetched 12 s ago
      Revision  3f2a91c applied
      In sync   yes, by the last look

      Networks
        red-network  direct vepa      13 guests   front0 7 of 8 + 2 of others, eth3 8 of 8 full, eth4 missing
        store        bridge br-store  1 guest

      Guest devices: 2 devices, 1 in use
        db1 eth0   db1-eth0   store        stands, nobody holds it
        web1 eth0  web1-eth0  red-network  qemu-system-x86 (pid 4121)

      Last runs with changes
        2 min ago  3f2a91c  converged  0.21 s  1 created  links changed
      "
    `);
  });

  test('of one that needs somebody', () => {
    expect(renderStatusText(DEGRADED, OPTIONS)).toMatchInlineSnapshot(`
      "Revision 9be01aa is rejected here: no such network (guests/web1.yaml:9); the host stays at 3f2a91c

      Host      kvm-a, controller pid 812
      Source    branch main of ssh://git.example/fleet, fetched 1 h 1 min ago
                git.example cannot be reached
      Revision  3f2a91c applied, 9be01aa seen
      Rejected  9be01aa 60 s ago
      In sync   no
      Paused    db1 for another 1 h 30 min: disk swap

      Not made
        failed   web2 eth0 macvtap web2-eth0: no such device
        held     cache eth0 tap cache-eth0: needs a new device
        leaving  gone eth0 tap gone-eth0: it still runs here
        What is held goes ahead all the same by: plumbline approve 0123456789ab

      Problems
        x no such network  guests/web1.yaml:9
          → did you mean red-network?

      Networks
        red-network  direct vepa      13 guests   front0 7 of 8 + 2 of others, eth3 8 of 8 full, eth4 missing
        store        bridge br-store  1 guest

      Guest devices: 4 devices, 1 in use
        db1 eth0   db1-eth0   store             stands, nobody holds it
        web1 eth0  web1-eth0  red-network       qemu-system-x86 (pid 4121)
        web2 eth0  web2-eth0  red-network       does not stand
        gone eth0  gone-eth0  wanted elsewhere  cannot tell who holds it: no right to look

      Last runs with changes
        2 min ago  3f2a91c  converged  0.21 s  1 created  links changed
      "
    `);
  });

  test('since when it is in sync, in local time and in words', () => {
    const text = renderStatusText({ ...WELL, inSyncSince: ago(11_520_000) }, OPTIONS);
    expect(text).toMatch(/\nIn sync {3}since 2026-0[23]-\d\d \d\d:\d\d:00 \(3 h 12 min ago\)\n/);
  });

  test('an approval is offered only where it can be given, and would do what the reader wants', () => {
    const offers = (status: Status) => renderStatusText(status, OPTIONS).includes('plumbline approve');
    expect(offers(DEGRADED)).toBe(true);
    expect(offers({ ...DEGRADED, controller: false })).toBe(false);
    expect(offers({ ...DEGRADED, waiting: DEGRADED.waiting.filter(({ why }) => why === 'leaving') })).toBe(
      false,
    );
  });

  test('a thousand devices fit on one screen, those that are not simply in use first', () => {
    const devices = Array.from({ length: 1000 }, (_, i): Status['devices'][number] => ({
      guest: `web${i}`,
      interface: 'eth0',
      network: 'red-network',
      device: `web${i}-eth0`,
      held: i === 998 ? null : i === 999 ? { is: 'free' } : { is: 'held', pids: [i + 2] },
      holders: {},
    }));
    const text = renderStatusText({ ...WELL, devices }, { ...OPTIONS, height: 40 });
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
    const list = text.split('\n').filter((line) => /^ {2}web/.test(line));
    expect(list[0]).toMatch(/web998-eth0 .* does not stand$/);
    expect(list[1]).toMatch(/web999-eth0 .* stands, nobody holds it$/);
    expect(text).toMatch(/… and \d+ more: \d+ in use \(-o json has all\)/);
  });

  test('no line is wider than the terminal, but for the headline and for reasons', () => {
    const text = renderStatusText(DEGRADED, { ...OPTIONS, width: 60 });
    const wide = text.split('\n').filter((line) => line.length > 60);
    expect(
      wide.every((line) => line === DEGRADED.headline || /^ {2}(failed|held|leaving|What|x|!) /.test(line)),
    ).toBe(true);
  });

  test('the words are the same without colour; nothing but ASCII where a terminal knows no more', () => {
    const plain = renderStatusText(DEGRADED, OPTIONS);
    const esc = String.fromCharCode(27);
    const colored = renderStatusText(DEGRADED, { ...OPTIONS, color: true });
    expect(colored).toContain(esc);
    expect(
      colored
        .split(esc)
        .map((part) => part.replace(/^\[[\d;]*m/, ''))
        .join(''),
    ).toBe(plain);
    expect(renderStatusText(DEGRADED, { ...OPTIONS, unicode: false })).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('whatever a text says, it stays text', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\x1b', '[', '2', 'J', '\n', '\r', '\u202e', 'a', '\u009b'),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const [device] = WELL.devices;
        const [waiting] = DEGRADED.waiting;
        if (device === undefined || waiting === undefined) throw new Error('the samples have both');
        const status: Status = {
          ...DEGRADED,
          host: text,
          headline: text,
          source: { description: text, seen: text, fetchedAt: null, trouble: text },
          paused: [{ guest: null, until: null, reason: text, since: ago(0) }],
          devices: [{ ...device, holders: { 4121: text }, held: { is: 'held', pids: [4121] } }],
          waiting: [{ ...waiting, text }],
        };
        const lines = renderStatusText(status, OPTIONS).split('\n');
        expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([]);
      }),
    );
  });
});

describe('history as text', () => {
  const run: RunRecord = {
    at: NOW,
    duration: 213,
    triggers: ['desired', 'timer'],
    revision: REVISION,
    digest: 'd',
    summary: { ...SUMMARY, create: 1, held: 1 },
    status: 2,
    changes: [
      {
        id: 'link:web1-eth0',
        action: 'create',
        impact: 'none',
        guests: ['web1'],
        network: 'red-network',
        reason: 'missing',
        before: null,
        after: {},
        result: 'done',
        message: null,
      },
      {
        id: 'link:gone-eth0',
        action: 'delete',
        impact: 'remove',
        guests: ['gone'],
        network: null,
        reason: 'leaving: it still runs here',
        before: {},
        after: null,
        result: 'held',
        message: null,
      },
    ],
  };
  const medium = { color: false, unicode: true, width: 110, guest: null };

  test('a run with what it changed, what it did not first', () => {
    const [head, ...lines] = renderHistoryText([run], medium).split('\n');
    expect(head?.slice(19)).toBe('  3f2a91c  held in 0.21 s: 1 created, 1 held  (new documents, timer)');
    expect(head?.slice(0, 19)).toMatch(/^2026-0[23]-\d\d \d\d:\d\d:00$/);
    expect(lines).toEqual([
      '  - link gone-eth0  gone         held: leaving: it still runs here',
      '  + link web1-eth0  red-network  missing',
      '',
    ]);
  });

  test('of one guest', () => {
    expect(renderHistoryText([run], { ...medium, guest: 'web1' })).not.toContain('gone-eth0');
    expect(renderHistoryText([], { ...medium, guest: 'web1' })).toBe(
      'No run has changed anything of web1 yet.\n',
    );
  });
});

describe('spans of time', () => {
  test.each([
    [0, '0 s'],
    [213, '0.21 s'],
    [5400, '5.4 s'],
    [59_999, '59 s'],
    [180_000, '3 min'],
    [7_080_000, '1 h 58 min'],
    [7_200_000, '2 h'],
    [90 * 3_600_000, '3 d 18 h'],
  ])('%i ms', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('what is left is rounded up', () => {
    expect([7_199_500, 61_001, 500, -5].map(formatRemaining)).toEqual(['2 h', '62 s', '1 s', '0 s']);
  });

  test('how long ago, and never in the future', () => {
    expect([NOW - 12_345, NOW - 500, NOW + 60_000].map((then) => formatAgo(then, NOW))).toEqual([
      '12 s ago',
      'just now',
      'just now',
    ]);
  });
});
