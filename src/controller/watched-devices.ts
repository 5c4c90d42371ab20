import { guestsOn, presenceOn } from '../desired/resolve.ts';
import { byName } from '../model/by-name.ts';
import { guestOfOwner, linkMark } from '../model/mark.ts';
import type { Plan } from '../model/plan.ts';
import type { PlannedHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import type { WatchedDevice } from './triggers/holder-watch.ts';
import type { WaitedFor } from './triggers/release.ts';

/** The devices of which the next event is that somebody opens them or lets them go. */
export interface WatchedDevices {
  /** Of guests that git has migrating away, and of standby guests that were started here. */
  held: WaitedFor[];
  /** Of standby guests that were not. */
  free: WatchedDevice[];
  /** Of guests that git has migrating away: up, and nobody has them open. */
  idle: string[];
}

/** From what a plan has read: a device that its run makes is watched from the next one on, which its making brings. */
export function watchedDevices({ desired }: Task, { state, held }: PlannedHost): WatchedDevices {
  const watched: WatchedDevices = { held: [], free: [], idle: [] };
  if (desired === null) return watched;
  const { fleet, host } = desired;
  const links = byName(state.links);
  for (const guest of guestsOn(fleet, host.name)) {
    const presence = presenceOn(guest, host.name);
    if (presence !== 'standby' && presence !== 'leaving') continue;
    for (const { device: name } of guest.interfaces) {
      const link = links.get(name);
      const mark = link === undefined ? null : linkMark(link);
      if (link === undefined || mark?.is !== 'ours' || guestOfOwner(mark.owner)?.guest !== guest.name)
        continue;
      const type = link.tap === null ? ('macvtap' as const) : ('tap' as const);
      const holder = held.get(name);
      if (holder?.is === 'held') watched.held.push({ name, index: link.index, type, pids: holder.pids });
      else if (holder?.is !== 'free') continue;
      else if (presence === 'standby') watched.free.push({ name, index: link.index, type });
      else if (link.up) watched.idle.push(name);
    }
  }
  return watched;
}

/** The devices of which a change waits to be let go. */
export function waitedFor({ changes }: Plan): WaitedFor[] {
  return changes.flatMap(({ gate, before }) => {
    if (gate.is !== 'held' || gate.held?.is !== 'held' || before?.kind !== 'link') return [];
    const type = before.spec.kind === 'tap' ? 'tap' : 'macvtap';
    return [{ name: before.name, index: Number(before.incarnation), type, pids: gate.held.pids }];
  });
}
