import { writeFileSync } from 'node:fs';
import { writeFleet } from './documents.ts';
import { environment } from './links.ts';
import { Rounds } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';

const HELP_TARGET = 2;

/** What it takes to come up, beside a Node that does nothing. */
export async function benchStartup(plan: Plan, report: Report): Promise<void> {
  const empty = `${plan.directory}/empty.mjs`;
  writeFileSync(empty, '');
  const fleet = `${plan.directory}/small`;
  writeFleet(fleet, 'macvtap', 1);
  const env = environment(plan);
  const program = [process.execPath, plan.program];
  const rounds = new Rounds();
  const count = Math.max(15, plan.rounds);
  for (let round = 0; round < count; round++) {
    await rounds.run('empty', [process.execPath, empty]);
    await rounds.run('help', [...program, '--help'], { env });
    await rounds.run('command help', [...program, 'apply', '--help'], { env });
    await rounds.run('check', [...program, 'check', fleet], { env });
    await rounds.run('plan', [...program, 'plan', fleet, '--host', 'a'], { env });
  }
  report.section(`Start (median of ${count} rounds)`, 'an empty node');
  const line = (what: string, key: string, extra = {}) =>
    report.line('start', {
      what,
      wall: rounds.wall(key),
      cpu: rounds.cpu(key),
      ...(key === 'empty' ? {} : { ratio: rounds.ratio(key, 'empty') }),
      ...extra,
    });
  line('node with an empty program', 'empty');
  line('plumbline --help', 'help', {
    target: { value: rounds.ratio('help', 'empty'), limit: HELP_TARGET, unit: 'x', bound: 'most' },
  });
  line('plumbline apply --help', 'command help');
  line('plumbline check, 1 guest, parsed before', 'check');
  line('plumbline plan, 1 guest, parsed before', 'plan');
}
