import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyChange, Gate, Outcome, Plan } from '../../src/model/plan.ts';
import type { Id } from '../../src/model/resource.ts';
import { renderPlanJson } from '../../src/render/plan-json.ts';
import { renderPlanText } from '../../src/render/plan-text.ts';
import * as sample from './plan-samples.ts';

/** ECMA-48 SGR. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]+m`, 'g');

/** Text as a stranger could write it into a link's name, an alias or a tool's message. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('\x1b[2J', 'a\nPlan: 0 to create', '\u202eevil', '\u009b31m', 'tab\there', '\ud800', 'é→…'),
);
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);

const gate: fc.Arbitrary<Gate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Gate>({ is: 'open' }) },
  fc.record({
    is: fc.constant('held' as const),
    why: fc.constantFrom('guestRuns' as const, 'guard' as const, 'paused' as const, 'contended' as const),
    held: fc.oneof(
      fc.constant(null),
      fc.record({ is: fc.constant('held' as const), pids: fc.array(fc.nat(), { maxLength: 5 }) }),
      fc.record({ is: fc.constant('unknown' as const), why: hostile }),
    ),
  }),
  fc.record({
    is: fc.constant('blocked' as const),
    on: fc.array(fc.constantFrom<Id>('link:n0', 'link:n1', 'ovs-port:n0'), { maxLength: 2 }),
    why: hostile,
  }),
  fc.record({ is: fc.constant('taken' as const), why: hostile }),
);

const outcome: fc.Arbitrary<Outcome> = fc.record({
  result: fc.constantFrom('done', 'failed', 'held', 'skipped', 'not-run'),
  message: fc.option(hostile),
});

interface Drawn {
  plan: Plan;
  outcomes: Map<Id, Outcome> | null;
}

const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    items: fc.array(
      fc.record({
        kind: fc.constantFrom('tap', 'macvtap', 'port'),
        action: fc.constantFrom('create' as const, 'update' as const, 'replace' as const, 'delete' as const),
        guest: name,
        gate,
        outcome,
        reason: hostile,
        impact: fc.constantFrom('none' as const, 'interrupt' as const, 'rewire' as const, 'remove' as const),
        value: hostile,
        network: fc.constantFrom('red', 'blue'),
      }),
      { maxLength: 60 },
    ),
    applied: fc.boolean(),
    message: hostile,
  })
  .map(({ items, applied, message }) => {
    const changes = items.map((item, i): AnyChange => {
      // Two in a row share a name, so that taps meet their ports.
      const device = `n${i >> 1}`;
      const rest = {
        impact: item.impact,
        reason: item.reason,
        gate: item.gate,
        fields: item.action === 'update' ? [{ field: 'mtu', before: item.value, after: 1 }] : [],
      };
      const about = { guests: [item.guest], network: item.network };
      const owner = `Guest/${item.guest}/eth0`;
      if (item.kind === 'port' && i % 2 === 1) {
        const after =
          item.action === 'delete' ? null : sample.wanted('ovs-port', device, sample.port(7), about);
        const before =
          item.action === 'create' ? null : sample.observed('ovs-port', device, sample.port(8), owner);
        return sample.change(item.action, before, after, rest);
      }
      const link = i % 2 === 1 ? `m${i}` : device;
      const spec = item.kind === 'macvtap' ? sample.macvtap('eth0') : sample.tap();
      const after = item.action === 'delete' ? null : sample.wanted('link', link, spec, about);
      const before = item.action === 'create' ? null : sample.observed('link', link, spec, owner);
      return sample.change(item.action, before, after, rest);
    });
    const plan = sample.plan([sample.network('red', 'bridge br0', 3)], changes, [
      { code: 'odd', severity: 'warning', message, source: null, hint: message },
    ]);
    const outcomes = new Map(changes.map((c, i): [Id, Outcome] => [c.id, items[i]?.outcome ?? NOT_RUN]));
    return { plan, outcomes: applied ? outcomes : null };
  });
const NOT_RUN: Outcome = { result: 'not-run', message: null };

function render({ plan, outcomes }: Drawn, color: boolean, unicode: boolean, width: number): string {
  const command = outcomes === null ? 'plan' : 'apply';
  return renderPlanText(plan, {
    color,
    unicode,
    width,
    outcomes,
    command,
    next: 'go',
    holderName: () => '\x1b',
  });
}

describe('any plan', () => {
  it('names everything that is held, blocked, taken or failed, or that touches a guest', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 200 }), (one, width) => {
        const words = new Set(render(one, false, true, width).split(/[\s:,]+/));
        for (const change of one.plan.changes) {
          const failed = one.outcomes?.get(change.id)?.result === 'failed';
          if (change.gate.is !== 'open' || failed) expect(words).toContain(change.name);
        }
      }),
    );
  });

  it('writes no control character but newlines and its own colours', () => {
    fc.assert(
      fc.property(
        drawn,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 200 }),
        (one, color, unicode, width) => {
          const report = render(one, color, unicode, width);
          const plain = color ? report.replaceAll(COLOUR, '') : report;
          expect(plain.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          if (!unicode) expect(plain).toMatch(/^[\x20-\x7e\n]*$/);
          expect(plain).toBe(render(one, false, unicode, width));
        },
      ),
    );
  });

  it('survives JSON, with each change and its result', () => {
    fc.assert(
      fc.property(drawn, ({ plan, outcomes }) => {
        const json = renderPlanJson(plan, outcomes);
        expect(JSON.parse(JSON.stringify(json))).toEqual(json);
        expect(json).toMatchObject({
          summary: plan.summary,
          changes: plan.changes.map((c) => ({
            name: c.name,
            action: c.action,
            ...(outcomes === null ? {} : { result: outcomes.get(c.id)?.result }),
          })),
        });
      }),
    );
  });
});
