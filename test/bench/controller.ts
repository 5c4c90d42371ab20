import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareMacvtap } from './bare.ts';
import { ControllerProcess } from './controller-process.ts';
import { guestName, writeFleet, writeGuest } from './documents.ts';
import { environment, plugParents } from './links.ts';
import { measure, median, peakMemory, Rounds } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';
import { sweep } from './standing.ts';

const GUESTS = 1000;
/** Each with a device of its own: several changes of one within a minute are a fight, and left alone by design. */
const REPAIRS = 20;
const COMMITS = 10;
const IDLE_SECONDS = 60;
const TARGETS = { repair: 0.5, commit: 1, idle: 1, memory: 150 };
const MB = 1e6;

const IDENTITY = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgsign=false'];
const GIT_ENV = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** A controller with 1,000 macvtaps: repair, a commit, and what it costs when nothing happens. */
export async function benchController(plan: Plan, report: Report): Promise<void> {
  const fleet = `${plan.directory}/fleet`;
  const env = environment(plan);
  plugParents();
  sweep();
  writeFleet(fleet, 'macvtap', GUESTS);
  const git = (...words: string[]) => ['git', '-C', fleet, ...IDENTITY, ...words];
  const commit = (n: number) => {
    const file = writeGuest(fleet, 'macvtap', n);
    runQuietly(git('add', file));
    return git('commit', '--quiet', '-m', file);
  };
  runQuietly(git('init', '--quiet'));
  runQuietly(git('add', '.'));
  runQuietly(git('commit', '--quiet', '-m', 'all guests'));

  const rounds = new Rounds();
  for (let n = 0; n < COMMITS; n++) await rounds.run('git', commit(GUESTS + n), { env: GIT_ENV });

  const began = performance.now();
  const controller = new ControllerProcess(plan.program, ['watch', fleet, '--host', 'a'], env);
  try {
    const standing = GUESTS + COMMITS;
    await controller.until('all devices', () => allStand(standing));
    const first = (performance.now() - began) / 1000;
    await controller.untilQuiet();
    const memories = [controller.memory().own];

    const repairs: number[] = [];
    for (let round = 0; round < REPAIRS; round++) {
      const name = deviceOf(round * 37);
      const index = attribute(name, 'ifindex');
      const start = performance.now();
      const deleted = measure(['ip', 'link', 'delete', 'dev', name]);
      await controller.until(`${name} again`, () => stands(name) && attribute(name, 'ifindex') !== index);
      repairs.push((performance.now() - start) / 1000);
      await deleted;
      await controller.untilQuiet();
    }
    memories.push(controller.memory().own);
    const commits: number[] = [];
    for (let n = standing; n < standing + COMMITS; n++) {
      const words = commit(n);
      const start = performance.now();
      const committed = measure(words, { env: GIT_ENV });
      await controller.until(deviceOf(n), () => stands(deviceOf(n)));
      commits.push((performance.now() - start) / 1000);
      await committed;
      await controller.untilQuiet();
    }
    memories.push(controller.memory().own);
    const before = controller.cpu();
    await sleep(IDLE_SECONDS * 1000);
    const idle = ((controller.cpu() - before) / IDLE_SECONDS) * 100;
    const memory = controller.memory();
    memories.push(memory.own);
    await controller.end();

    await measureBare(plan, rounds);
    const empty = `${plan.directory}/empty.mjs`;
    writeFileSync(empty, '');
    const emptyNode = await peakMemory([empty]);
    const section = `controller, ${GUESTS} macvtaps`;
    report.section(`Controller with ${standing} macvtaps on 4 parents`, 'bare ip and git');
    const line = (what: string, wall: number, base: string, limit: number, note: string) =>
      report.line(section, {
        what,
        wall,
        ratio: wall / rounds.wall(base),
        note,
        target: { value: wall, limit, unit: 's', bound: 'most' },
      });
    report.line(section, { what: 'start until all devices stand, from nothing', wall: first });
    report.line(section, { what: 'bare ip: one device deleted and made again', wall: rounds.wall('ip') });
    line('a device deleted until it stands again', median(repairs), 'ip', TARGETS.repair, spread(repairs));
    report.line(section, { what: 'bare git commit', wall: rounds.wall('git') });
    line('git commit begun until its device stands', median(commits), 'git', TARGETS.commit, spread(commits));
    report.line(section, { what: 'bare ip -j -d link', wall: rounds.wall('read'), cpu: rounds.cpu('read') });
    report.line(section, {
      what: `share of a core, ${IDLE_SECONDS} s with nothing to do`,
      cpu: (idle / 100) * IDLE_SECONDS,
      target: { value: idle, limit: TARGETS.idle, unit: '%', bound: 'most' },
    });
    report.line(section, {
      what: 'resident memory at rest, at most',
      note: `started, repaired, committed, idle: ${memories.map(megabytes).join(', ')}; peak ${megabytes(memory.peak)}, its children ${megabytes(memory.children)}, an empty node ${megabytes(emptyNode)}`,
      target: { value: Math.max(...memories) / MB, limit: TARGETS.memory, unit: 'MB', bound: 'most' },
    });
  } finally {
    await controller.end();
    sweep();
    rmSync(fleet, { recursive: true, force: true });
  }
}

/** The kernel alone, with all other links standing. */
async function measureBare(plan: Plan, rounds: Rounds): Promise<void> {
  for (let round = 0; round < REPAIRS; round++) {
    const n = round * 37;
    const stdin = [`link delete dev ${deviceOf(n)}`, ...bareMacvtap(n), ''].join('\n');
    await rounds.run('ip', ['ip', '-batch', '-'], { stdin });
  }
  for (let round = 0; round < plan.rounds; round++) await rounds.run('read', ['ip', '-j', '-d', 'link']);
}

function deviceOf(n: number): string {
  return `${guestName(n)}-eth0`;
}

/** Made, marked and up: what a guest needs of it. */
function stands(name: string): boolean {
  const up = (Number(attribute(name, 'flags')) & IFF_UP) !== 0;
  return up && attribute(name, 'ifalias').startsWith('plumbline:');
}

/** linux/if.h */
const IFF_UP = 1;

function allStand(count: number): boolean {
  // From the last: nothing is read of a thousand links while the first are made.
  for (let n = count - 1; n >= 0; n--) if (!stands(deviceOf(n))) return false;
  return true;
}

function attribute(name: string, file: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/${file}`, 'utf8').trim();
  } catch {
    return '';
  }
}

function runQuietly([file = '', ...rest]: string[]): void {
  execFileSync(file, rest, { env: { ...process.env, ...GIT_ENV } });
}

function spread(values: readonly number[]): string {
  return `(${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}
