import { guestsOn, type Presence, presenceOn } from '../desired/resolve.ts';
import { observeResources } from '../kinds/registry.ts';
import { byName } from '../model/by-name.ts';
import type { HostState, LinkState } from '../model/host.ts';
import { LIBVIRT_NOT_SEEN, OVS_NOT_SEEN, type Withheld } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyObserved, Held, Id } from '../model/resource.ts';
import type { Planned } from '../plan/plan.ts';
import { makePlan } from '../plan/plan.ts';
import { forwardingStays } from '../realise/forwarding-stays.ts';
import type { RealisedHost } from '../realise/host.ts';
import { realiseHost } from '../realise/host.ts';
import { LIBVIRT_UNREACHABLE } from '../realise/libvirt-host.ts';
import type { GuestDevice } from '../tools/holders.ts';
import { mayHoldOurRows } from '../tools/ovsdb/leftovers.ts';
import { observeTask, type Reading } from './observe.ts';
import type { Task } from './task.ts';

export interface PlannedHost extends Planned {
  state: HostState;
  held: ReadonlyMap<string, Held>;
}

const WATCHED: ReadonlySet<Presence | null> = new Set(['standby', 'leaving'] as const);
const NONE_WITHHELD: ReadonlyMap<Id, Withheld> = new Map();
const NOBODY: ReadonlySet<string> = new Set();
const NOTHING: RealisedHost = { wanted: [], problems: [], unplanned: new Set(), networks: [], guests: 0 };

/**
 * Reads the host and plans. Who holds a device is looked up only for those that the plan would touch: with everything
 * free no fewer are touched than with some of them held, so one look is enough. Those of standby guests, and of
 * guests that migrate away, are always looked up. `reading` is a read of the host that
 * this run has begun already.
 */
export async function planHost(task: Task, reading?: Reading | Promise<Reading>): Promise<PlannedHost> {
  const state = await observeTask(task, reading);
  const links = byName(state.links);
  const observed = observeResources(state);
  const first = planWith(task, state, links, observed, new Map());
  const looked = [...new Set([...first.touched, ...watchedFor(task)])].flatMap((name) =>
    guestDevice(links.get(name)),
  );
  if (looked.length === 0) return { ...first, state, held: new Map() };
  const { findHolders } = await import('../tools/holders.ts');
  const held = await findHolders(looked);
  return { ...planWith(task, state, links, observed, held), state, held };
}

function planWith(
  task: Task,
  state: HostState,
  links: ReadonlyMap<string, LinkState>,
  observed: readonly AnyObserved[],
  held: ReadonlyMap<string, Held>,
): Planned {
  const { desired, deviceOwner, datapath, skipped } = task;
  const realised =
    desired === null
      ? NOTHING
      : realiseHost(desired.fleet, desired.host, { state, links, held, deviceOwner, datapath }, skipped);
  return makePlan({
    ...realised,
    unplanned: new Set([...realised.unplanned, ...(task.leave ?? [])]),
    problems: [
      ...task.notices,
      ...unseen(task, state, realised),
      ...libvirtUnseen(state, realised),
      ...forwardingStays(state, realised.wanted),
      ...realised.problems,
    ],
    host: task.host,
    revision: task.revision,
    observed,
    held,
    facts: {
      globalAddresses: (name) => links.get(name)?.globalAddresses ?? [],
      mtu: (name) => links.get(name)?.mtu ?? null,
    },
    ipv6: state.ipv6 !== false,
    guard: task.guard,
    allowRecreate: task.allowRecreate,
    allowPrune: task.allowPrune,
    withheld: task.withheld ?? NONE_WITHHELD,
    pausedGuests: task.pausedGuests ?? NOBODY,
  });
}

/** Rows of ours that nothing wanted stands on would go unnoticed where Open vSwitch does not answer. */
function unseen({ env }: Task, { ovs, ovsUnavailable }: HostState, { problems }: RealisedHost): Problem[] {
  if (ovs !== null || problems.some(({ code }) => code === 'ovs-unreachable') || !mayHoldOurRows(env))
    return [];
  return [
    {
      code: OVS_NOT_SEEN,
      severity: 'warning',
      message: `what Plumbline may have left in Open vSwitch could not be looked at: ${ovsUnavailable}`,
      source: null,
      hint: 'start it (systemctl start openvswitch-switch) for as long as it takes to plan again',
    },
  ];
}

/**
 * Whether the device of a standby guest is up, and has a place, hangs on whether somebody has it open; of a guest that
 * migrates away the controller is to know when it is let go.
 */
function watchedFor({ desired }: Task): string[] {
  if (desired === null) return [];
  const { fleet, host } = desired;
  return guestsOn(fleet, host.name).flatMap((guest) =>
    WATCHED.has(presenceOn(guest, host.name)) ? guest.interfaces.map(({ device }) => device) : [],
  );
}

/** Networks of ours that nothing wants any more would stay unnoticed where libvirt does not answer. */
function libvirtUnseen({ libvirt }: HostState, { problems }: RealisedHost): Problem[] {
  const why = libvirt?.unavailable ?? null;
  if (why === null || problems.some(({ code }) => code === LIBVIRT_UNREACHABLE)) return [];
  return [
    {
      code: LIBVIRT_NOT_SEEN,
      severity: 'warning',
      message: `what Plumbline may have left in libvirt could not be looked at: ${why}`,
      source: null,
      hint: 'start it (systemctl start libvirtd) for as long as it takes to plan again',
    },
  ];
}

/** A tap or a macvtap as the look-up of holders takes it, as a list of one; empty for anything else. */
export function guestDevice(link: LinkState | undefined): GuestDevice[] {
  if (link === undefined || (link.tap === null && link.macvtap === null)) return [];
  const { name, index, up, carrier } = link;
  return [{ name, index, up, carrier, type: link.tap === null ? 'macvtap' : 'tap' }];
}
