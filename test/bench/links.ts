import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { bareBatch, bareRemoval, phasedBatches } from './bare.ts';
import { PARENTS, writeFleet } from './documents.ts';
import { measure, peakMemory, Rounds } from './measure.ts';
import type { Plan } from './plan.ts';
import { mebibytes, type Report } from './report.ts';
import { standing, sweep } from './standing.ts';

type Sort = 'macvtap' | 'tap';

/** DESIGN's targets, for 1,000 guests. */
const TARGET_GUESTS = 1000;
const APPLY_TARGET = { macvtap: 1.5, tap: 1.75 };
const PLAN_WARM_TARGET = 0.25;
const PLAN_COLD_TARGET = 0.6;
const REMOVAL_TARGET = 10;
/** Line by line each removal waits about 20 ms for the kernel: more of them tell nothing new. */
const SINGLE_REMOVALS = 1000;
/** How often a round makes the links by `ip` and by an apply, one right after the other. */
const PAIRS = 4;

/** Making, planning and removing guests' links, beside what `ip` takes for the same. */
export async function benchLinks(sort: Sort, plan: Plan, report: Report): Promise<void> {
  if (sort === 'macvtap') plugParents();
  for (const guests of plan.guests) await benchSize(sort, guests, plan, report);
}

/** The parents of macvtaps, which stay for all parts of the bench. */
export function plugParents(): void {
  if (existsSync(`/sys/class/net/${PARENTS[0]}`)) return;
  const lines = PARENTS.flatMap((name) => [
    `link add name ${name} type veth peer name ${name}-sw`,
    `link set dev ${name} up`,
    `link set dev ${name}-sw up`,
  ]);
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}

async function benchSize(sort: Sort, guests: number, plan: Plan, report: Report): Promise<void> {
  const fleet = `${plan.directory}/fleet`;
  const cache = `${plan.directory}/cache`;
  const env = environment(plan);
  const plumbline = (...words: string[]) => [process.execPath, plan.program, ...words];
  const [apply, look, teardown] = [
    plumbline('apply', fleet, '--host', 'a'),
    plumbline('plan', fleet, '--host', 'a', '--exit-code'),
    plumbline('teardown', '--yes'),
  ];
  const forget = () => rmSync(cache, { recursive: true, force: true });
  const bare = { stdin: bareBatch(sort, guests) };
  writeFleet(fleet, sort, guests);
  sweep();

  const least = sort === 'tap' ? leastOf(guests, plan) : null;
  const rounds = new Rounds();
  const count = guests > TARGET_GUESTS ? Math.min(plan.rounds, 3) : plan.rounds;
  const singly = Math.min(guests, SINGLE_REMOVALS);
  await rounds.run('bare', ['ip', '-batch', '-'], bare);
  const wanted = standing();
  await rounds.run('singly', ['ip', '-batch', '-'], { stdin: bareRemoval(singly, false) });
  sweep();
  for (let round = 0; round < count; round++) {
    await rounds.run('node', [process.execPath, '-e', '0']);
    await rounds.run('bare', ['ip', '-batch', '-'], bare);
    sweep();
    forget();
    await rounds.run('apply cold', apply, { env });
    if (round === 0 && standing() !== wanted)
      throw new Error('apply and the bare batch made different links');
    await rounds.run('read', ['ip', '-j', '-d', 'link']);
    forget();
    await rounds.run('plan cold', look, { env });
    await rounds.run('plan', look, { env });
    await rounds.run('teardown', teardown, { env });

    for (let pair = 0; pair < PAIRS; pair++) {
      await rounds.run('bare', ['ip', '-batch', '-'], bare);
      sweep();
      await rounds.run('apply', apply, { env });
      await rounds.run('read', ['ip', '-j', '-d', 'link']);
      await rounds.run('plan', look, { env });
      await rounds.run('teardown', teardown, { env });
      if (least !== null) {
        await rounds.run('least', least);
        sweep();
      }
    }
  }
  const memory = {
    apply: await peakMemory(apply.slice(1), { env }),
    plan: await peakMemory(look.slice(1), { env }),
  };
  await measure(teardown, { env });

  const name = `${guests} ${sort}s`;
  const where = sort === 'macvtap' ? `${PARENTS.length} parents` : '10 bridges, which are made too';
  const targets = guests === TARGET_GUESTS;
  const line = (what: string, key: string, base: string | null, extra = {}) =>
    report.line(name, {
      what,
      wall: rounds.wall(key),
      cpu: rounds.cpu(key),
      ratio: base === null ? undefined : rounds.ratio(key, base),
      ...extra,
    });
  const most = (value: number, limit: number, unit: 's' | 'x') =>
    targets ? { target: { value, limit, unit, bound: 'most' } } : {};

  report.section(`${guests} ${sort}s on ${where} (median of ${count} rounds)`, 'bare ip');
  // How fast this machine is, for what is told in seconds.
  line('an empty node (0.030 s where FACTS.md was measured)', 'node', null);
  line('ip -batch, from nothing', 'bare', null);
  line(
    'apply from nothing, documents parsed before',
    'apply',
    'bare',
    most(rounds.ratio('apply', 'bare'), APPLY_TARGET[sort], 'x'),
  );
  if (least !== null) line('what no apply does without (least.ts)', 'least', 'bare');
  line('apply from nothing, nothing cached', 'apply cold', 'bare');
  line('ip -j -d link', 'read', null);
  line(
    'plan with nothing to do, documents parsed before',
    'plan',
    'read',
    most(rounds.wall('plan'), PLAN_WARM_TARGET, 's'),
  );
  line(
    'plan with nothing to do, nothing cached',
    'plan cold',
    'read',
    most(rounds.wall('plan cold'), PLAN_COLD_TARGET, 's'),
  );
  const scale = guests / singly;
  const wall = rounds.wall('singly') * scale;
  const faster = wall / rounds.wall('teardown');
  report.line(name, {
    what: 'ip -batch, removal line by line',
    wall,
    cpu: rounds.cpu('singly') * scale,
    ...(scale > 1 ? { note: `(measured for ${singly}, times ${scale})` } : {}),
  });
  line('teardown', 'teardown', null, {
    note: `${faster.toFixed(1)} times faster`,
    ...(targets ? { target: { value: faster, limit: REMOVAL_TARGET, unit: 'x', bound: 'least' } } : {}),
  });
  report.note(`peak memory: apply ${mebibytes(memory.apply)}, plan ${mebibytes(memory.plan)}`);
}

/** Texts, the cache of an apply before, and batches, without a decision. */
function leastOf(guests: number, plan: Plan): string[] {
  const batches = phasedBatches(guests).map((text, i) => {
    const file = `${plan.directory}/batch-${i}`;
    writeFileSync(file, text);
    return file;
  });
  const [texts, cache, scratch] = ['fleet/guests', 'cache/documents.json', 'scratch'].map(
    (name) => `${plan.directory}/${name}`,
  );
  return [
    process.execPath,
    `${plan.directory}/least.js`,
    texts ?? '',
    cache ?? '',
    scratch ?? '',
    ...batches,
  ];
}

/** Directories of the bench's own. */
export function environment(plan: Plan): Record<string, string> {
  return {
    STATE_DIRECTORY: `${plan.directory}/state`,
    RUNTIME_DIRECTORY: `${plan.directory}/run`,
    CACHE_DIRECTORY: `${plan.directory}/cache`,
    OVS_RUNDIR: `${plan.directory}/no-ovs`,
    NO_COLOR: '1',
  };
}
