import { readClaims } from '../controller/claims.ts';
import { readDevices } from '../controller/devices.ts';
import { readHistory } from '../controller/history.ts';
import { loadPauses } from '../controller/pause-store.ts';
import { activePauses } from '../controller/pauses.ts';
import { claimsOf, movesOf } from '../controller/readiness.ts';
import { readServed } from '../controller/served.ts';
import { buildStatus } from '../controller/status.ts';
import type { Status } from '../model/status.ts';
import { type PlannedHost, planHost } from '../run/plan-host.ts';
import { stateDirectory } from '../tools/directories.ts';
import { processName } from '../tools/holders.ts';
import { readLinks } from '../tools/ip/read.ts';
import type { Io } from './io.ts';
import { readTask } from './session.ts';

/** As many as the controller tells. */
const RUNS = 10;

/** The status of a host on which no controller runs: what the documents would have changed, and what stands. */
export async function statusWithoutController(
  options: { directory: string; host: string | null },
  io: Io,
): Promise<Status> {
  const now = Date.now();
  const state = stateDirectory(io.env);
  const { task, problems } = await readTask(options, io);
  const planned: PlannedHost | null = task === null ? null : await planHost(task);
  const links = planned?.state.links ?? (await readLinks());
  const { runs } = readHistory(state, { limit: RUNS });
  const desired = task?.desired ?? null;
  const seen =
    planned === null || desired === null
      ? null
      : { host: desired.host, state: planned.state, last: { plan: planned.plan, outcomes: null } };
  const status = buildStatus({
    now,
    host: task?.host ?? null,
    pid: null,
    source: null,
    applied: null,
    rejection: null,
    onTrial: null,
    last: planned === null ? null : { plan: planned.plan, outcomes: null },
    inSyncSince: null,
    pauses: activePauses(loadPauses(state).pauses, now),
    contended: [],
    runs,
    devices: await readDevices(task?.desired ?? null, links),
    served: await readServed(planned?.plan.networks ?? [], io.env),
    troubles: problems,
    notKept: [],
    holderName: processName,
  });
  if (seen === null || desired === null) return status;
  const { claims } = readClaims(io.env, now);
  return { ...status, moves: movesOf(desired.fleet, seen), claims: claimsOf(claims, desired.fleet, seen) };
}
