import { readClaims } from '../controller/claims.ts';
import type { Fleet } from '../desired/fleet.ts';
import { findHost, givenHere } from '../desired/host.ts';
import type { Loaded } from '../desired/load.ts';
import { loadDirectory, loadRevision } from '../desired/load.ts';
import type { Problem } from '../model/problem.ts';
import { compareProblems, ProblemsError } from '../model/problem.ts';
import { makeTask } from '../run/make-task.ts';
import type { Task } from '../run/task.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { cacheDirectory } from '../tools/directories.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';

export interface FleetOptions {
  /** The desired directory. */
  directory: string;
  revision: string | null;
  output: 'text' | 'json';
}

export interface TaskOptions extends FleetOptions {
  host: string | null;
  allowRecreate: boolean;
  allowPrune: boolean;
}

/** A fleet that was read and checked, with what was found in it. */
export async function readFleet(
  options: FleetOptions,
  io: Io,
): Promise<{ loaded: Loaded; problems: Problem[] }> {
  const cache = { cache: cacheDirectory(io.env) };
  const loaded =
    options.revision === null
      ? await loadDirectory(options.directory, cache)
      : await loadRevision(options.directory, options.revision, cache);
  const known = loaded.checked?.known() ?? null;
  if (known !== null) return { loaded, problems: known };
  const { check } = await import('../check/check.ts');
  const problems = [...loaded.problems, ...check(loaded.fleet)].sort(compareProblems);
  loaded.checked?.keep(problems);
  return { loaded, problems };
}

/**
 * What this host is to become. Ends the command, with every problem told, when the fleet has errors or does not know
 * this host. Whoever asked for JSON gets it then too, in the words of `check`.
 */
export async function openTask(options: TaskOptions, io: Io): Promise<Task> {
  return (await openLoadedTask(options, io)).task;
}

/** A task with the documents that it is from. */
export interface OpenedTask {
  task: Task;
  loaded: Loaded;
}

/** As `openTask`, for whoever keeps the documents. */
export async function openLoadedTask(options: TaskOptions, io: Io): Promise<OpenedTask> {
  try {
    return await taskOf(options, io);
  } catch (error) {
    if (options.output !== 'json' || !(error instanceof ProblemsError)) throw error;
    await writeProblems(null, error.problems, io);
    throw new ExitError(EXIT.failed, '');
  }
}

async function taskOf(options: TaskOptions, io: Io): Promise<OpenedTask> {
  const { loaded, problems } = await readFleet(options, io);
  if (problems.some((problem) => problem.severity === 'error')) {
    await reportInvalid(loaded, problems, options, io);
    throw new ExitError(EXIT.failed, '');
  }
  const found = findHost(loaded.fleet, givenHere(options.host, io.env));
  if (options.host === null) io.stderr.write(`This is host ${found.host} (${found.how})\n`);
  return { task: await makeTaskFor(found.host, loaded, problems, options, io), loaded };
}

function makeTaskFor(
  host: string,
  { fleet, revision }: Loaded,
  notices: Problem[],
  { allowRecreate, allowPrune }: Pick<TaskOptions, 'allowRecreate' | 'allowPrune'>,
  { env }: Io,
): Promise<Task> {
  const surroundings = sandboxSettings(env);
  const { claims, problems } = readClaims(env, Date.now());
  const claimed = claims.map(({ guest }) => guest);
  const told = [...notices, ...problems];
  return makeTask({
    fleet,
    host,
    revision,
    allowRecreate,
    allowPrune,
    surroundings,
    notices: told,
    claimed,
    env,
  });
}

/**
 * What the working tree asks of this host, for commands that only look: where its documents cannot be acted on, their
 * problems instead, for the host is told of all the same.
 */
export async function readTask(
  { directory, host }: Pick<TaskOptions, 'directory' | 'host'>,
  io: Io,
): Promise<{ task: Task | null; problems: Problem[] }> {
  try {
    const { loaded, problems } = await readFleet({ directory, revision: null, output: 'text' }, io);
    if (problems.some(({ severity }) => severity === 'error')) return { task: null, problems };
    const found = findHost(loaded.fleet, givenHere(host, io.env));
    const allowed = { allowRecreate: false, allowPrune: false };
    return { task: await makeTaskFor(found.host, loaded, problems, allowed, io), problems: [] };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { task: null, problems: [...error.problems].sort(compareProblems) };
  }
}

async function reportInvalid(
  loaded: Loaded,
  problems: readonly Problem[],
  options: FleetOptions,
  io: Io,
): Promise<void> {
  if (options.output === 'json') {
    await writeProblems(loaded.fleet, problems, io);
    return;
  }
  const { renderProblems } = await import('../render/problems.ts');
  io.stderr.write(
    await renderProblems(problems, {
      color: io.errorColor,
      unicode: io.unicode,
      textOf: loaded.textOf,
      directory: options.directory,
    }),
  );
  io.stderr.write('Nothing was changed: the documents have errors.\n');
}

async function writeProblems(fleet: Fleet | null, problems: readonly Problem[], io: Io): Promise<void> {
  const { renderCheckJson } = await import('../render/check.ts');
  io.stdout.write(`${JSON.stringify(renderCheckJson(fleet, problems), null, 2)}\n`);
}
