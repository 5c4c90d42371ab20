import { hostname } from 'node:os';
import { readDevices } from '../controller/devices.ts';
import { readHistory } from '../controller/history.ts';
import { loadPauses } from '../controller/pause-store.ts';
import { activePauses } from '../controller/pauses.ts';
import { buildStatus } from '../controller/status.ts';
import { findHost } from '../desired/host.ts';
import { compareProblems, type Problem, ProblemsError } from '../model/problem.ts';
import type { Status } from '../model/status.ts';
import { makeTask } from '../run/make-task.ts';
import { type PlannedHost, planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { stateDirectory } from '../tools/directories.ts';
import { processName } from '../tools/holders.ts';
import { readLinks } from '../tools/ip/read.ts';
import type { Io } from './io.ts';
import { readFleet } from './session.ts';

/** As many as the controller tells. */
const RUNS = 10;

/** The status of a host on which no controller runs: what the documents would have changed, and what stands. */
export async function statusWithoutController(
  options: { argument: string; host: string | null },
  io: Io,
): Promise<Status> {
  const now = Date.now();
  const state = stateDirectory(io.env);
  const { task, problems } = await readTask(options, io);
  const planned: PlannedHost | null = task === null ? null : await planHost(task);
  const links = planned?.state.links ?? (await readLinks());
  const { runs } = await readHistory(state, { limit: RUNS });
  return buildStatus({
    now,
    host: task?.host ?? null,
    pid: null,
    source: null,
    applied: null,
    rejection: null,
    last: planned === null ? null : { plan: planned.plan, outcomes: null },
    inSyncSince: null,
    pauses: activePauses(loadPauses(state).pauses, now),
    contended: [],
    runs,
    devices: await readDevices(task?.desired ?? null, links),
    troubles: problems,
    holderName: processName,
  });
}

/** Documents that cannot be acted on are told among the problems, and the host is told all the same. */
async function readTask(
  { argument, host }: { argument: string; host: string | null },
  io: Io,
): Promise<{ task: Task | null; problems: Problem[] }> {
  try {
    const { loaded, problems } = await readFleet({ argument, revision: null, output: 'text' }, io);
    if (problems.some(({ severity }) => severity === 'error')) return { task: null, problems };
    const found = findHost(loaded.fleet, {
      ...(host === null ? {} : { option: host }),
      ...(io.env.PLUMBLINE_HOST ? { environment: io.env.PLUMBLINE_HOST } : {}),
      hostname: hostname(),
    });
    const task = await makeTask({
      fleet: loaded.fleet,
      host: found.host,
      revision: loaded.revision,
      allowRecreate: false,
      allowPrune: false,
      surroundings: sandboxSettings(io.env),
      notices: problems,
      env: io.env,
    });
    return { task, problems: [] };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { task: null, problems: [...error.problems].sort(compareProblems) };
  }
}
