import { describe, expect, it } from 'vitest';
import * as sample from './plan-samples.ts';
import { DIRECT, text } from './plan-shown.ts';

describe('what it means for guests', () => {
  const before = sample.observed('link', 'a-eth0', sample.macvtap('eth3'), 'Guest/a/eth0');
  const after = sample.wanted('link', 'a-eth0', sample.macvtap('eth3', { mode: 'bridge' }), {
    guests: ['a'],
  });
  const fields = [{ field: 'mode', before: 'vepa', after: 'bridge' }];
  const calm = 'No running guest';

  it('claims that none is interrupted only where that is known', () => {
    const unknown = sample.change('update', before, after, { fields, impact: 'rewire' });
    expect(text(sample.plan([DIRECT], [unknown]))).not.toContain(calm);
    expect(text(sample.plan([DIRECT], [unknown]))).toContain('Guests touched: 1 rewired');
    expect(text(sample.plan([DIRECT], [{ ...unknown, running: ['a'] }]))).toContain(
      'Running guests touched: 1',
    );
    expect(text(sample.plan([DIRECT], [{ ...unknown, running: [] }]))).toContain(calm);
  });

  it('counts a failed change as one that was felt, and one that was not run as none', () => {
    const plan = sample.plan(
      [DIRECT],
      [sample.change('update', before, after, { fields, impact: 'rewire' })],
    );
    const afterwards = (result: 'failed' | 'not-run') =>
      text(plan, { outcomes: sample.outcomesOf(plan, { 'link:a-eth0': [result, null] }) });
    expect(afterwards('failed')).not.toContain(calm);
    expect(afterwards('not-run')).toContain(calm);
    expect(afterwards('not-run')).toContain('not run; would rewire a');
  });

  it('is converged but for what is held, with all that waits for it', () => {
    const held = sample.change('delete', before, null, {
      gate: { is: 'held', why: 'guestRuns', held: { is: 'held', pids: [1, 2] } },
    });
    const waits = sample.create(
      'membership',
      'eth3',
      { bridge: 'br0', recordedBy: ['br0'], addressing: null },
      {},
      {
        gate: { is: 'blocked', on: ['link:a-eth0'], why: 'eth3 is still taken by macvtap a-eth0 on eth3' },
      },
    );
    const plan = sample.plan([DIRECT], [held, waits]);
    const report = text(plan, { outcomes: sample.outcomesOf(plan) });
    expect(report).toContain('pid 1, pid 2 have it open');
    expect(report).not.toContain('Cannot be done');
    expect(report).toContain('Converged but for what is held: ');
    const other = { ...waits, gate: { is: 'taken', why: 'a stranger' } as const };
    const taken = sample.plan([DIRECT], [held, other]);
    expect(text(taken, { outcomes: sample.outcomesOf(taken) })).toContain('Not converged: ');
  });
});
