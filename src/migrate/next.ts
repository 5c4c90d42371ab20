import type { HostView } from './host-view.ts';
import type { Placement } from './placement-text.ts';

/** What is known at one moment of a move. Nothing of it is kept: git and the hosts say it to whoever looks again. */
export interface Moment {
  guest: string;
  to: string;
  /** What git's newest commit says; null where nothing places the guest. */
  git: Placement | null;
  /** The host that the move began from, once it is known; git may say another one meanwhile. */
  from: string | null;
  source: HostView | null;
  destination: HostView | null;
  /** Whether `migratingTo` is this run's: written by it, found and gone on with, or not yet. */
  announced: 'no' | 'byUs' | 'found';
  command: 'notBegun' | 'succeeded' | 'failed';
  /** Why the move may not be; null where it may. */
  refusal: string | null;
  interrupted: boolean;
  timeUp: boolean;
}

/** What is to be done next. */
export type Next =
  /** There is nothing (more) to do. */
  | { do: 'end'; as: 'thereAlready' | 'interrupted' }
  /** Ends without a change; what is in git stays. */
  | { do: 'refuse'; why: string }
  /** Writes migratingTo. */
  | { do: 'announce' }
  | { do: 'wait'; for: { source: string | null; destination: string | null } }
  | { do: 'runCommand' }
  /** Writes the new host. `found`: the guest runs there already. */
  | { do: 'commit'; found: boolean }
  /** Takes migratingTo out again. */
  | { do: 'takeBack'; why: string };

/** The decisions of a move, from what is known at one moment. Pure; calling it again after a crash is how a move goes on. */
export function nextOf(moment: Moment): Next {
  switch (moment.command) {
    case 'succeeded':
      return { do: 'commit', found: false };
    case 'failed':
      return afterFailure(moment);
    case 'notBegun':
      return beforeCommand(moment);
  }
}

function afterFailure(moment: Moment): Next {
  if (runsThere(moment)) return { do: 'commit', found: true };
  // The one end of a migration that failed is on its way out: then it is told where the guest is.
  if (!moment.timeUp && holdsBoth(moment)) return wait('its device is open', 'its device is open');
  return { do: 'takeBack', why: 'the command failed' };
}

/** What git alone decides, before any host is asked; null where it does not. */
export function settledByGit({ guest, to, git, from, announced }: Moment): Next | null {
  if (git === null) return { do: 'refuse', why: `nothing in git places ${guest} on a host` };
  if (git.host === to && git.migratingTo === null) return { do: 'end', as: 'thereAlready' };
  if (git.host === to && git.migratingTo === to) {
    return {
      do: 'refuse',
      why: `git says that ${guest} moves to the host that it is on: take migratingTo out`,
    };
  }
  if (git.migratingTo !== null && git.migratingTo !== to) {
    return { do: 'refuse', why: `${guest} is on its way from ${git.host} to ${git.migratingTo} already` };
  }
  if (from !== null && git.host !== from) {
    return { do: 'refuse', why: `somebody has put ${guest} on ${git.host} meanwhile` };
  }
  if (git.migratingTo === null && announced !== 'no') {
    return { do: 'refuse', why: 'somebody has taken migratingTo out of git meanwhile' };
  }
  return null;
}

function beforeCommand(moment: Moment): Next {
  const settled = settledByGit(moment);
  if (settled !== null) return settled;
  if (moment.git?.migratingTo === moment.to) return moving(moment);
  if (moment.interrupted) return { do: 'end', as: 'interrupted' };
  if (runsThere(moment)) return { do: 'commit', found: true };
  if (moment.refusal !== null) return { do: 'refuse', why: moment.refusal };
  const why = whySilent(moment) ?? whyRefused(moment);
  return why === null ? { do: 'announce' } : { do: 'refuse', why };
}

/** git says that the guest moves as it is wanted here. */
function moving(moment: Moment): Next {
  const { guest, announced, source, destination, interrupted, timeUp, refusal, from, to } = moment;
  if (runsThere(moment)) return { do: 'commit', found: true };
  // Whoever began before may be at it still, and to take the device away or to begin twice would harm the guest.
  if (announced !== 'byUs' && holdsBoth(moment)) {
    const why = `${guest} is open on both hosts: a migration is under way`;
    if (interrupted) return { do: 'end', as: 'interrupted' };
    return timeUp ? { do: 'refuse', why } : wait(why, why);
  }
  if (interrupted) return { do: 'takeBack', why: 'interrupted' };
  // What this run has announced was allowed then; what somebody else did is not ours to undo.
  if (announced !== 'byUs' && refusal !== null) return { do: 'refuse', why: refusal };
  const pending = { source: pendingOf(source), destination: pendingOf(destination) };
  const refused = whyRefused(moment);
  if (refused !== null) return { do: 'takeBack', why: refused };
  if (pending.source === null && pending.destination === null) return { do: 'runCommand' };
  if (!timeUp) return { do: 'wait', for: pending };
  const [host, why] = pending.destination === null ? [from, pending.source] : [to, pending.destination];
  return { do: 'takeBack', why: `${host ?? 'the source'} was not ready in time: ${why}` };
}

/** The guest's devices are open at the destination and known not to be at the source. */
function runsThere({ source, destination }: Moment): boolean {
  return (
    source?.is === 'told' &&
    source.holds === 'no' &&
    destination?.is === 'told' &&
    destination.holds === 'yes'
  );
}

/** As far as is known, so that a host which says nothing counts as one that has it open. */
function holdsBoth({ source, destination }: Moment): boolean {
  const atSource = source?.is !== 'told' || source.holds !== 'no';
  return atSource && destination?.is === 'told' && destination.holds === 'yes';
}

function pendingOf(view: HostView | null): string | null {
  if (view === null) return 'it was not asked yet';
  if (view.is === 'silent') return view.why;
  return view.readiness.is === 'ready' ? null : view.readiness.why;
}

function whySilent({ source, destination, from, to }: Moment): string | null {
  if (destination === null || destination.is === 'silent')
    return `${to} does not tell: ${pendingOf(destination)}`;
  if (source === null || source.is === 'silent')
    return `${from ?? 'the source'} does not tell: ${pendingOf(source)}`;
  return null;
}

function whyRefused({ source, destination, from, to }: Moment): string | null {
  for (const [view, host] of [[source, from] as const, [destination, to] as const]) {
    if (view?.is !== 'told' || view.readiness.is !== 'refuses') continue;
    return `${host ?? 'the source'} will not be ready: ${view.readiness.why}`;
  }
  return null;
}

function wait(source: string, destination: string): Next {
  return { do: 'wait', for: { source, destination } };
}
