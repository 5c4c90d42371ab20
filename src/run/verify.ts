import { libvirtMark } from '../kinds/libvirt/state.ts';
import { observeResources } from '../kinds/registry.ts';
import type { HostState, LinkState } from '../model/host.ts';
import type { AnyChange, Outcome } from '../model/plan.ts';
import type { AnyObserved, AnyWanted, Id } from '../model/resource.ts';
import { isHeld } from '../model/resource.ts';
import { compareSides } from '../plan/compare.ts';
import { deleteLinks } from '../tools/ip/delete.ts';
import { forgetServed } from '../tools/served.ts';
import { forgetDefined } from '../tools/virsh/known.ts';
import { beginReading, observeTask, type Reading } from './observe.ts';
import { guestDevice } from './plan-host.ts';
import type { Task } from './task.ts';

/** Begins to read what `verify` compares, once nothing changes the host any more. */
export function beginVerifying({ env }: Task, changes: readonly AnyChange[]): Reading {
  const routes = changes.some(({ kind }) => kind === 'route' || kind === 'membership');
  // What others drop is a warning of the plan, and nothing that was to be brought about.
  return beginReading(env, { routes, foreignDrops: false });
}

/**
 * Reads the host again and holds each change that claims to be done against what it was to bring about: one that is
 * still to be done has failed. What was left unfinished and nobody has open is cleared away, unless the run
 * was stopped: then it is counted. Of a host that cannot be read again nothing is said to be done.
 */
export async function verify(
  task: Task,
  changes: readonly AnyChange[],
  outcomes: Map<Id, Outcome>,
  stopped: boolean,
  reading: Reading,
): Promise<{ unfinished: number }> {
  let state: HostState;
  try {
    state = await observeTask(task, reading);
  } catch (error) {
    const { isMachineError } = await import('../tools/machine-error.ts');
    if (!isMachineError(error)) throw error;
    distrust(outcomes, error.message);
    return { unfinished: 0 };
  }
  const observed = observeResources(state);
  for (const change of stillToDo(
    changes.filter(({ id }) => outcomes.get(id)?.result === 'done'),
    observed,
  )) {
    const message = `the host still shows it otherwise: ${shows(change)}`;
    outcomes.set(change.id, { result: 'failed', message, undone: true });
  }
  const unfinished = new Set<string>();
  for (const { kind, mark, name } of observed) {
    if (kind === 'link' && mark.is === 'unfinished') unfinished.add(name);
  }
  if (stopped) return { unfinished: unfinished.size };
  if (servesNothing(state)) forgetServed(task.env);
  if (hasNoLibvirtNetwork(state)) forgetDefined(task.env);
  if (unfinished.size > 0) await clearAway(state.links.filter(({ name }) => unfinished.has(name)));
  return { unfinished: 0 };
}

/** What nobody could see is not said to be done. */
function distrust(outcomes: Map<Id, Outcome>, why: string): void {
  const message = `carried out, but the host could not be read again to see that it is there: ${why}`;
  for (const [id, { result }] of outcomes) {
    if (result === 'done') outcomes.set(id, { result: 'failed', message });
  }
}

/** Whoever has one open keeps it, as a guest keeps its device (invariant 4): the next run holds it back. */
async function clearAway(leftovers: readonly LinkState[]): Promise<void> {
  const { findHolders } = await import('../tools/holders.ts');
  const holders = await findHolders(leftovers.flatMap(guestDevice));
  const free = leftovers.filter(({ name }) => !isHeld(holders.get(name) ?? { is: 'free' }));
  if (free.length > 0) await deleteLinks(free);
}

/** Compared with what the plan wanted, not with a new plan: that would cost as much again and say the same. */
function stillToDo(done: readonly AnyChange[], observed: readonly AnyObserved[]): AnyChange[] {
  const ids = new Set<Id>();
  const wanted = new Map<Id, AnyWanted>();
  for (const { id, after } of done) {
    ids.add(id);
    if (after !== null) wanted.set(id, after);
  }
  const standing = new Map<Id, AnyObserved>();
  for (const one of observed) if (ids.has(one.id)) standing.set(one.id, one);
  const drafts = compareSides({ wanted, observed: standing, unplanned: new Set() }, new Set());
  return [...drafts.values()].filter((draft) => !isLeftover(draft));
}

function isLeftover(change: AnyChange): boolean {
  return change.before?.mark.is === 'unfinished' && change.action === 'delete';
}

function shows({ action, fields }: AnyChange): string {
  if (action === 'create') return 'it does not stand';
  if (action === 'delete') return 'it still stands';
  return fields.map(({ field, before }) => `${field} is ${JSON.stringify(before)}`).join(', ') || action;
}

/** Nothing of a network that this host served is left; where nobody could look, it may be. */
function servesNothing({ services }: HostState): boolean {
  if (services === undefined || services.firewallUnavailable !== null) return false;
  return services.firewall === null && services.dnsmasq.length === 0;
}

/** Nothing of ours is left in libvirt; where it does not answer, there may be. */
function hasNoLibvirtNetwork({ libvirt }: HostState): boolean {
  if (libvirt === undefined || libvirt.unavailable !== null) return false;
  return libvirt.networks.every((network) => libvirtMark(network).is !== 'ours');
}
