import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerProcess } from './controller-process.ts';
import { writeReservation, writeReserved } from './documents.ts';
import { environment } from './links.ts';
import { measure, median } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';
import { sweep } from './standing.ts';
import { isServable, servers } from './virtual.ts';

const RESERVATIONS = 1000;
const TARGET = 0.3;
const ROUNDS = 10;
const SECTION = `${RESERVATIONS} reservations`;
const GIT_ENV = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const IDENTITY = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgsign=false'];

/** A guest more, of which its network has to know: its device, its address and its name. */
export async function benchReservation(plan: Plan, report: Report): Promise<void> {
  if (!isServable(report)) return;
  sweep();
  const fleet = `${plan.directory}/fleet`;
  const env = environment(plan);
  const program = (...words: string[]) => [process.execPath, plan.program, ...words];
  try {
    writeReserved(fleet, RESERVATIONS);
    await measure(program('apply', fleet, '--host', 'a'), { env });
    const serving = servers(plan.namespaces.own).join();
    report.section(`A guest more among ${RESERVATIONS} with reservations (median of ${ROUNDS} rounds)`, '');
    await benchApply(plan, report);
    await benchCommit(plan, report);
    if (servers(plan.namespaces.own).join() !== serving) throw new Error('dnsmasq was started anew');
  } finally {
    await measure(program('teardown', '--yes'), { env });
    rmSync(fleet, { recursive: true, force: true });
  }
}

async function benchApply(plan: Plan, report: Report): Promise<void> {
  const fleet = `${plan.directory}/fleet`;
  const env = environment(plan);
  const program = (...words: string[]) => [process.execPath, plan.program, ...words, fleet, '--host', 'a'];
  const [plans, wholes, tellings]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    plans.push((await measure(program('plan', '--exit-code'), { env })).wall);
    const before = told(plan);
    writeReservation(fleet, RESERVATIONS + round);
    const start = performance.now();
    const applying = measure(program('apply'), { env });
    tellings.push(await untilTold(plan, before, start));
    wholes.push((await applying).wall);
  }
  report.line(SECTION, { what: 'plan with nothing to do', wall: median(plans) });
  report.line(SECTION, { what: 'apply until dnsmasq is told', wall: median(tellings) });
  report.line(SECTION, { ...target(median(wholes)), what: 'apply, with what is read after it' });
}

/** A controller has all that a program needs to start, and knows the other guests. */
async function benchCommit(plan: Plan, report: Report): Promise<void> {
  const fleet = `${plan.directory}/fleet`;
  const git = (...words: string[]) => ['git', '-C', fleet, ...IDENTITY, ...words];
  const quietly = ([file = '', ...rest]: string[]) =>
    execFileSync(file, rest, { env: { ...process.env, ...GIT_ENV } });
  quietly(git('init', '--quiet'));
  quietly(git('add', '.'));
  quietly(git('commit', '--quiet', '-m', 'all guests'));
  const argv = ['watch', fleet, '--host', 'a'];
  const controller = new ControllerProcess(plan.program, argv, environment(plan));
  const [commits, tellings]: [number[], number[]] = [[], []];
  try {
    await controller.untilQuiet();
    for (let round = 0; round < ROUNDS; round++) {
      const before = told(plan);
      writeReservation(fleet, RESERVATIONS + ROUNDS + round);
      quietly(git('add', '.'));
      const start = performance.now();
      commits.push((await measure(git('commit', '--quiet', '-m', 'one more'), { env: GIT_ENV })).wall);
      tellings.push(await untilTold(plan, before, start));
      await controller.untilQuiet();
    }
  } finally {
    await controller.end();
  }
  report.line(SECTION, { what: 'git commit', wall: median(commits) });
  report.line(SECTION, {
    ...target(median(tellings) - median(commits)),
    what: 'a controller: from its end until dnsmasq is told',
  });
}

function target(value: number) {
  return { wall: value, target: { value, limit: TARGET, unit: 's', bound: 'most' } as const };
}

/** Seconds since `start`, once dnsmasq has been told something else than `before`. */
async function untilTold(plan: Plan, before: string, start: number): Promise<number> {
  while ([before, ''].includes(told(plan))) await sleep(1);
  return (performance.now() - start) / 1000;
}

/** What changes with every list that dnsmasq is told; empty while it is. */
function told(plan: Plan): string {
  try {
    return readFileSync(`${plan.directory}/run/dns/net/told`, 'utf8');
  } catch {
    return '';
  }
}
