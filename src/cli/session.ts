import { hostname } from 'node:os';
import type { Fleet } from '../desired/fleet.ts';
import { findHost } from '../desired/host.ts';
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
  argument: string;
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
      ? await loadDirectory(options.argument, cache)
      : await loadRevision(options.argument, options.revision, cache);
  const { check } = await import('../check/check.ts');
  const problems = [...loaded.problems, ...check(loaded.fleet)].sort(compareProblems);
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
  const { fleet } = loaded;
  const found = findHost(fleet, {
    ...(options.host === null ? {} : { option: options.host }),
    ...(io.env.PLUMBLINE_HOST ? { environment: io.env.PLUMBLINE_HOST } : {}),
    hostname: hostname(),
  });
  if (options.host === null) io.stderr.write(`This is host ${found.host} (${found.how})\n`);
  const task = await makeTask({
    fleet,
    host: found.host,
    revision: loaded.revision,
    allowRecreate: options.allowRecreate,
    allowPrune: options.allowPrune,
    surroundings: sandboxSettings(io.env),
    notices: problems,
    env: io.env,
  });
  return { task, loaded };
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
  io.stderr.write(await renderProblems(problems, { color: io.errorColor, textOf: loaded.textOf }));
  io.stderr.write('Nothing was changed: the documents have errors.\n');
}

async function writeProblems(fleet: Fleet | null, problems: readonly Problem[], io: Io): Promise<void> {
  const { renderCheckJson } = await import('../render/check.ts');
  io.stdout.write(`${JSON.stringify(renderCheckJson(fleet, problems), null, 2)}\n`);
}
