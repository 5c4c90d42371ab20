import { createInterface } from 'node:readline';
import { check } from '../../check/check.ts';
import { loadTexts } from '../../desired/load.ts';
import { openSnapshot } from '../../desired/snapshot.ts';
import { ProblemsError } from '../../model/problem.ts';
import { DEFAULT_GUARD } from '../../plan/guard.ts';
import { applyTask, exitStatus } from '../../run/apply.ts';
import { makeTask } from '../../run/make-task.ts';
import type { Task } from '../../run/task.ts';
import { runtimeDirectory, stateDirectory } from '../../tools/directories.ts';
import { takeLock } from '../../tools/lock.ts';
import { messageOf } from '../../tools/result.ts';
import { readClaims } from '../claims.ts';
import { keepRun } from '../keep-run.ts';
import { keepApplied } from './applied.ts';
import type { TimerNews, TimerOrder, TimerWord } from './confirm-words.ts';
import { parseOrder } from './confirm-words.ts';
import { Confirmation } from './confirmation.ts';

/** Between two looks whether somebody has confirmed, and between two attempts to get the host's lock. */
const LOOK_MS = 100;

/**
 * The timer of an `apply --confirm`: a process in a session of its own, which holds all that it needs before anything is
 * changed, and takes the change back unless that is confirmed in time, whatever becomes of the apply, of its terminal
 * and of the files that it was started from.
 */
export async function runConfirmTimer(env: NodeJS.ProcessEnv): Promise<void> {
  // Nobody may listen any more.
  process.stdout.on('error', () => {});
  for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => {});
  const ear = new Ear();
  try {
    await keepTime(ear, env);
  } finally {
    ear.close();
  }
}

/** What the apply says, line by line, to its end. An end by SIGTERM is the last chance to leave the host in a good state. */
class Ear {
  private readonly lines: string[] = [];
  private readonly input = createInterface({ input: process.stdin });
  private hungUp = false;
  private wake = () => {};

  constructor() {
    this.input.on('line', (line) => this.hear(line));
    this.input.on('close', () => {
      this.hungUp = true;
      this.wake();
    });
    process.on('SIGTERM', () => this.hear('back'));
  }

  /** null once there is nobody to say anything. */
  async next(): Promise<string | null> {
    while (this.lines.length === 0 && !this.hungUp) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.lines.shift() ?? null;
  }

  /** What was said already. */
  takeNow(): string | null {
    return this.lines.shift() ?? null;
  }

  close(): void {
    this.input.close();
  }

  private hear(line: string): void {
    this.lines.push(line);
    this.wake();
  }
}

async function keepTime(ear: Ear, env: NodeJS.ProcessEnv): Promise<void> {
  const first = await ear.next();
  if (first === null) return;
  const order = parseOrder(first);
  const confirmation = new Confirmation(runtimeDirectory(env));
  let task: Task;
  try {
    task = await backwardTask(order, env);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return tell({ is: 'refused', why: 'invalid', message: error.problems[0]?.message ?? error.message });
  }
  if (!confirmation.begin({ pid: process.pid, until: null })) {
    return tell({ is: 'refused', why: 'busy', message: 'another change waits to be confirmed' });
  }
  tell({ is: 'ready' });
  // An apply that dies has changed something, or not: the time runs all the same.
  let word = await ear.next();
  const end = Date.now() + order.seconds * 1000;
  confirmation.update({ pid: process.pid, until: new Date(end).toISOString() });
  while (word !== BACK && Date.now() < end && !confirmation.isKept()) {
    await sleep(Math.min(LOOK_MS, end - Date.now()));
    word = ear.takeNow();
  }
  await decide(order, task, confirmation, env);
}

const BACK: TimerWord = 'back';

async function decide(
  order: TimerOrder,
  task: Task,
  confirmation: Confirmation,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const at = () => new Date().toISOString();
  if (!confirmation.claimBack()) {
    try {
      keepApplied(stateDirectory(env), order.after);
    } finally {
      confirmation.end({ is: 'kept', at: at() });
    }
    return tell({ is: 'kept' });
  }
  let news: TimerNews;
  try {
    news = await goBack(task, env);
  } catch (error) {
    news = { is: 'back', status: 1, message: messageOf(error) };
  }
  const done = news.is === 'back' && news.status !== 1;
  confirmation.end({ is: done ? 'taken-back' : 'not-taken-back', at: at() });
  tell(news);
}

/** Waits for the host, as long as it takes: whoever has it now ends some time. */
async function goBack(task: Task, env: NodeJS.ProcessEnv): Promise<TimerNews> {
  const directory = runtimeDirectory(env);
  let lock = await takeLock(directory);
  while ('busyPid' in lock) {
    await sleep(LOOK_MS);
    lock = await takeLock(directory);
  }
  try {
    const at = Date.now();
    const applied = await applyTask(task, { stop: () => false, onProgress: () => {} });
    // What it cannot write there is nobody left to be told.
    keepRun(stateDirectory(env), applied, { at, trigger: 'unconfirmed' });
    const wrong = [...applied.outcomes].find(([, { result }]) => result !== 'done' && result !== 'held');
    const [id, outcome] = wrong ?? [];
    const message = id === undefined ? null : `${id}: ${outcome?.message ?? outcome?.result ?? ''}`;
    return { is: 'back', status: exitStatus(applied), message };
  } finally {
    await lock.release();
  }
}

/**
 * What the host goes back to, read and looked up beforehand, and the code for it loaded. Throws ProblemsError when that
 * would not be applied today.
 */
async function backwardTask({ before, allowRecreate }: TimerOrder, env: NodeJS.ProcessEnv): Promise<Task> {
  await Promise.all([
    import('../../tools/holders.ts'),
    import('../../tools/ovsdb/write.ts'),
    import('../../tools/ip/routes.ts'),
    import('../../tools/ip/settle.ts'),
    import('../../tools/link-manager.ts'),
  ]);
  // Going back is no slip, whatever it removes (invariant 10).
  const rest = { allowRecreate, allowPrune: true, notices: [], env };
  if (before === null) {
    const nothing = { desired: null, deviceOwner: null, datapath: null, skipped: new Map() };
    return { ...rest, ...nothing, host: 'this host', revision: null, guard: DEFAULT_GUARD };
  }
  const { fleet, problems, revision } = await loadTexts('before the change', openSnapshot(before.texts), {
    cache: null,
  });
  const errors = [...problems, ...check(fleet)].filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ProblemsError(errors);
  const claimed = readClaims(rest.env, Date.now()).claims.map(({ guest }) => guest);
  return makeTask({ ...rest, fleet, host: before.host, revision, surroundings: null, claimed });
}

function tell(news: TimerNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
