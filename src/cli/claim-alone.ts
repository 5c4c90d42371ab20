import { whyNotClaimable } from '../controller/claimable.ts';
import { endClaim, keepClaim, readClaims } from '../controller/claims.ts';
import { whyNotReady } from '../controller/readiness.ts';
import { resolveGuest, withClaims } from '../desired/resolve.ts';
import { printable } from '../render/printable.ts';
import { type Applied, applyPlan } from '../run/apply.ts';
import { limitToGuest } from '../run/limit-to-guest.ts';
import { readHost } from '../run/observe.ts';
import { planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';
import { type Control, requireRights, whileLocked } from './locked.ts';
import { recordRun } from './record-run.ts';
import { type OpenedTask, openLoadedTask } from './session.ts';

/**
 * A claim on a host without a controller. What the guest's devices need is made, and nothing else of what the documents
 * would change here; where they cannot be ready, the claim is taken back with whatever was made for it.
 */
export async function claimAlone(
  guest: string,
  seconds: number,
  { directory, host }: { directory: string; host: string | null },
  io: Io,
): Promise<number> {
  const options = { directory, host, revision: null, output: 'text' as const };
  // It may have to set up devices that somebody has open by then: not half of a claim is made.
  requireRights();
  const open = () => openLoadedTask({ ...options, allowRecreate: false, allowPrune: false }, io);
  return whileLocked(io, open, (control, opened) => claimLocked(guest, seconds, opened, control, io));
}

async function claimLocked(
  guest: string,
  seconds: number,
  { task, loaded }: OpenedTask,
  control: Control,
  io: Io,
): Promise<number> {
  const why = whyNotClaimable(loaded.fleet, task.host, guest);
  if (why.length > 0) throw refused(guest, why);
  const before = readClaims(io.env, Date.now()).claims;
  const others = before.flatMap((claim) => (claim.guest === guest ? [] : [claim.guest]));
  const withIt = claimedBy(task, loaded.fleet, [...others, guest]);
  const { until } = keepClaim(io.env, guest, seconds, Date.now());
  let failed: string | null = 'it was interrupted';
  try {
    const applied = await applyFor(guest, withIt, control, io);
    failed = await whyNot(guest, withIt, applied, io);
  } finally {
    if (failed !== null && others.length === before.length) {
      endClaim(io.env, guest);
      await applyFor(guest, claimedBy(task, loaded.fleet, others), control, io);
    }
  }
  if (failed !== null) throw refused(guest, [failed]);
  const end = new Date(until).toISOString();
  io.stdout.write(`${guest} is claimed here until ${end}: its devices are ready\n`);
  return EXIT.ok;
}

function claimedBy(task: Task, fleet: OpenedTask['loaded']['fleet'], guests: readonly string[]): Task {
  if (task.desired === null) return task;
  return { ...task, desired: { ...task.desired, fleet: withClaims(fleet, task.host, guests) } };
}

/** Plans twice: what is left alone is known only by a plan. */
async function applyFor(guest: string, task: Task, control: Control, io: Io): Promise<Applied> {
  const began = Date.now();
  const limited = limitToGuest(task, (await planHost(task)).plan, guest);
  const applied = await applyPlan(limited, await planHost(limited), control);
  control.end();
  if (applied.plan.changes.length > 0) await recordRun(applied, { trigger: 'apply', at: began }, io);
  return applied;
}

async function whyNot(guest: string, { desired }: Task, applied: Applied, io: Io): Promise<string | null> {
  const resolved = desired === null ? undefined : resolveGuest(desired.fleet, guest);
  if (desired === null || resolved === undefined) return `the documents know no guest ${guest}`;
  return whyNotReady(resolved, { host: desired.host, state: await readHost(io.env), last: applied });
}

function refused(guest: string, reasons: readonly string[]): ExitError {
  return new ExitError(
    EXIT.failed,
    `${guest} cannot be claimed here: ${printable(reasons.join('; '), true)}`,
  );
}
