import { createInterface } from 'node:readline';
import { lastApplied } from '../controller/safety/applied.ts';
import type { TimerNews } from '../controller/safety/confirm-words.ts';
import { Confirmation } from '../controller/safety/confirmation.ts';
import { startTimer, type Timer } from '../controller/safety/start-timer.ts';
import { observeResources } from '../kinds/registry.ts';
import { applyPlan, exitStatus } from '../run/apply.ts';
import { beginReading } from '../run/observe.ts';
import type { PlannedHost } from '../run/plan-host.ts';
import { planHost } from '../run/plan-host.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { runtimeDirectory, stateDirectory } from '../tools/directories.ts';
import { AppliedCopy } from './applied-copy.ts';
import { EXIT, ExitError, UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { type Control, requireRightsFor, whileLocked } from './locked.ts';
import type { Options } from './options.ts';
import { writePlan } from './plan-output.ts';
import { recordRun } from './record-run.ts';
import { type OpenedTask, openLoadedTask } from './session.ts';

const LONGEST = 86_400;

/** `plumbline apply --confirm SECONDS`: goes back to the state before unless somebody confirms in time. */
export async function runConfirmed(options: Options<'apply'>, confirm: string, io: Io): Promise<number> {
  const seconds = secondsOf(confirm);
  if (sandboxSettings(io.env) !== null) {
    throw new UsageError('apply', '--confirm is for hosts: a sandbox goes away by itself');
  }
  let timer: Timer | null = null;
  const prepare = async (locked: Promise<void>) => {
    const reading = locked.then(() => beginReading(io.env));
    reading.catch(() => {});
    return { opened: await openLoadedTask(options, io), reading };
  };
  const status = await whileLocked(io, prepare, async (control, { opened, reading }) => {
    const planned = await planHost(opened.task, reading);
    requireRightsFor(planned.plan);
    const changes = planned.steps.length > 0;
    if (changes) timer = await readyTimer(seconds, opened, planned, io);
    return carryOut(planned, opened, control, options, timer, io);
  });
  // The host's lock is free from here on, for whoever takes the change back.
  return timer === null ? status : awaitDecision(timer, seconds, status, io);
}

function secondsOf(text: string): number {
  const seconds = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST) return seconds;
  throw new UsageError('apply', `--confirm is a number of seconds, 1 to ${LONGEST}, not '${text}'`);
}

/** A timer that holds all that it needs to take back what is about to be done. */
async function readyTimer(
  seconds: number,
  { task, loaded }: OpenedTask,
  planned: PlannedHost,
  io: Io,
): Promise<Timer> {
  const before = await lastApplied(stateDirectory(io.env), task.host);
  if (before === null && observeResources(planned.state).some(({ mark }) => mark.is === 'ours')) {
    throw new ExitError(
      EXIT.failed,
      'nothing was done: what this host was brought to before is not known, so there is nothing to go back to',
      'plumbline apply with the documents of before keeps them for the next time',
    );
  }
  const after = { host: task.host, texts: await loaded.texts() };
  const { allowRecreate } = task;
  const timer = startTimer(process.argv[1] ?? '', { seconds, allowRecreate, before, after }, io.env);
  const news = await timer.next();
  if (news?.is === 'ready') return timer;
  if (news?.is === 'refused') {
    throw new ExitError(
      news.why === 'busy' ? EXIT.busy : EXIT.failed,
      `nothing was done: ${news.why === 'busy' ? news.message : `the documents to go back to are not valid any more: ${news.message}`}`,
    );
  }
  throw new ExitError(
    EXIT.failed,
    'nothing was done: the timer that would take the change back did not start',
  );
}

async function carryOut(
  planned: PlannedHost,
  opened: OpenedTask,
  control: Control,
  options: Options<'apply'>,
  timer: Timer | null,
  io: Io,
): Promise<number> {
  try {
    const began = Date.now();
    const applied = await applyPlan(opened.task, planned, control);
    // Before anything is said: the terminal may be what the change has cut off.
    timer?.say('applied');
    control.end();
    const { outcomes, unfinished } = applied;
    // What comes next is to confirm it, or to let it be taken back.
    const { directory } = options;
    const report = { command: 'apply' as const, outcomes, next: null, directory, unfinished };
    await writePlan(io, options.output, applied.plan, report);
    await recordRun(applied, { trigger: 'apply', at: began }, io);
    const status = exitStatus(applied);
    // Of a change that waits, the timer keeps the documents once it is confirmed.
    if (timer === null && status !== EXIT.failed) await new AppliedCopy(opened, io).keep();
    return status;
  } catch (error) {
    // Whatever was done until then is taken back at once.
    timer?.say('back');
    throw error;
  }
}

/** Until it is confirmed by a key or from elsewhere, or taken back. */
async function awaitDecision(timer: Timer, seconds: number, status: number, io: Io): Promise<number> {
  const onInterrupt = () => {
    io.stderr.write('\nGoing back now\n');
    timer.say('back');
  };
  // Before anything is said: whoever reads it may be quick.
  process.on('SIGINT', onInterrupt);
  const key = io.interactive && process.stdin.isTTY ? 'press Enter here, or ' : '';
  io.stderr.write(
    `This goes back to the state before in ${seconds} s unless it is confirmed: ${key}run plumbline confirm\n`,
  );
  const terminal = key === '' ? null : createInterface({ input: process.stdin });
  terminal?.on('line', () => new Confirmation(runtimeDirectory(io.env)).keep());
  try {
    return outcome(await timer.next(), seconds, status, io);
  } finally {
    process.off('SIGINT', onInterrupt);
    terminal?.close();
  }
}

function outcome(news: TimerNews | null, seconds: number, status: number, io: Io): number {
  if (news?.is === 'kept') {
    io.stderr.write('Confirmed: it stays\n');
    return status;
  }
  if (news?.is === 'back' && news.status !== 1) {
    throw new ExitError(
      EXIT.failed,
      `not confirmed within ${seconds} s: this host is back in the state before`,
    );
  }
  const why =
    news?.is === 'back' ? (news.message ?? 'not everything could be taken back') : 'the timer has died';
  throw new ExitError(
    EXIT.failed,
    `this host did not go back to the state before: ${why}`,
    'plumbline plan with the documents of before shows what is left',
  );
}
