import { guestOfOwner } from '../model/mark.ts';
import { compareNatural, compareText } from '../model/order.ts';
import type { AnyChange, HeldWhy, Impact, Outcome, Plan } from '../model/plan.ts';
import type { Id, Kind } from '../model/resource.ts';
import { heldBack } from '../plan/held-back.ts';

/**
 * Where a row stands in the report: all but `calm` come before the networks, by cause.
 */
export type Section =
  | 'failed'
  | 'held'
  | 'connected'
  | 'guard'
  | 'contended'
  | 'paused'
  | 'blocked'
  | 'skipped'
  | 'touches'
  | 'calm';

/** One line of the report: one change, or a guest's tap and its port, which a reader sees as one thing. */
export interface Row {
  change: AnyChange;
  /** The guest's interface that it is for; null for what serves the whole network. */
  own: { guest: string; iface: string } | null;
  /** The Open vSwitch port that goes with the tap `change`. */
  port: AnyChange | null;
  /** Settings that are told in one line with the setting `change`: of the same link, for the same reason. */
  alike: readonly AnyChange[];
  section: Section;
  /** null before an apply. */
  outcome: Outcome | null;
}

export type Outcomes = ReadonlyMap<Id, Outcome>;

const SEVERITY: readonly Impact[] = ['none', 'interrupt', 'rewire', 'recreate', 'remove'];

export function impactRank(impact: Impact): number {
  return SEVERITY.indexOf(impact);
}

function guestOf(change: AnyChange): { guest: string; iface: string } | null {
  const mark = change.before?.mark;
  const owner = change.after?.owner ?? (mark?.is === 'ours' ? mark.owner : null);
  return owner === null ? null : guestOfOwner(owner);
}

/** The guests that the change touches; where nobody filled them in, the one that the device is of. */
export function touchedGuests(change: AnyChange): readonly string[] {
  if (change.running !== undefined) return change.running;
  if (change.guests.length > 0) return change.guests;
  const own = guestOf(change);
  return own === null ? [] : [own.guest];
}

/** Whether a guest that runs, or may run, notices. */
export function touches(change: AnyChange): boolean {
  return change.impact !== 'none' && touchedGuests(change).length > 0;
}

/** What became of a change: without a word of it, it was not come to. */
export function outcomeOf(change: AnyChange, outcomes: Outcomes | null): Outcome | null {
  return outcomes === null ? null : (outcomes.get(change.id) ?? { result: 'not-run', message: null });
}

function sectionOf(change: AnyChange, outcome: Outcome | null, held: ReadonlyMap<Id, HeldWhy>): Section {
  if (outcome?.result === 'failed') return 'failed';
  switch (change.gate.is) {
    case 'held':
    case 'blocked':
    case 'taken': {
      const why = held.get(change.id);
      return why === undefined ? 'blocked' : why === 'guestRuns' ? 'held' : why;
    }
    case 'open':
      if (outcome?.result === 'held') return 'held';
      if (outcome?.result === 'skipped') return 'skipped';
      return touches(change) ? 'touches' : 'calm';
  }
}

/** The plan's changes as rows, those of one network and guest together. */
export function planRows(plan: Plan, outcomes: Outcomes | null): Row[] {
  const rows: Row[] = [];
  const taps = new Map<string, Row>();
  const ports = new Map<string, Row>();
  const held = heldBack(plan.changes);
  plan.changes.forEach((change) => {
    const outcome = outcomeOf(change, outcomes);
    const row: Row = {
      change,
      own: guestOf(change),
      port: null,
      alike: [],
      section: sectionOf(change, outcome, held),
      outcome,
    };
    rows.push(row);
    if (change.kind === 'ovs-port') ports.set(change.name, row);
    else if (isTap(change)) taps.set(change.name, row);
  });
  const folded = new Set<Row>();
  ports.forEach((port, name) => {
    const tap = taps.get(name);
    if (tap === undefined || !tellOneStory(tap, port)) return;
    tap.port = port.change;
    folded.add(port);
  });
  for (const row of foldSettings(rows)) folded.add(row);
  return inReadingOrder(
    rows.filter((row) => !folded.has(row)),
    plan,
  );
}

/** Calm settings of one link are one line; returns the rows that others tell of. */
function foldSettings(rows: readonly Row[]): Row[] {
  const first = new Map<string, Row>();
  return rows.filter((row) => {
    const { change, section, outcome } = row;
    const place = change.kind === 'sysctl' ? settingPlace(change.name) : null;
    if (place === null || section !== 'calm') return false;
    const key = [place.link, change.network, change.action, change.reason, outcome?.result].join(' ');
    const other = first.get(key);
    if (other === undefined) first.set(key, row);
    else other.alike = [...other.alike, change];
    return other !== undefined;
  });
}

/** `net/ipv6/conf/virbr-lab/accept_ra` is the setting `accept_ra` of virbr-lab for IPv6; null for what is no setting of a link. */
export function settingPlace(path: string): { family: string; link: string; setting: string } | null {
  const [, family, link, name] = /^net\/(ipv[46])\/conf\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (family === undefined || link === undefined || name === undefined) return null;
  return { family, link, setting: name };
}

/** By network, what serves all of it before the guests, these by name. */
function inReadingOrder(rows: readonly Row[], plan: Plan): Row[] {
  const places = new Map(plan.networks.map(({ name }, i) => [name, i]));
  const placeOf = ({ change }: Row) => places.get(change.network ?? '') ?? places.size;
  return [...rows].sort(
    (a, b) =>
      placeOf(a) - placeOf(b) ||
      stageOf(a) - stageOf(b) ||
      compareNatural(a.own?.guest ?? '', b.own?.guest ?? '') ||
      compareNatural(a.own?.iface ?? '', b.own?.iface ?? '') ||
      compareText(a.change.kind, b.change.kind) ||
      compareNatural(a.change.name, b.change.name),
  );
}

/** Of what is no guest's: from the link up to what is served by it. */
const STAGES: readonly Kind[] = [
  'ovs-bridge',
  'ovs-port',
  'link',
  'membership',
  'address',
  'route',
  'sysctl',
  'firewall',
  'service',
  'libvirt-network',
  'libvirt-active',
];

function stageOf({ own, change }: Row): number {
  return own === null ? STAGES.indexOf(change.kind) : STAGES.length;
}

function isTap(change: AnyChange): boolean {
  return change.kind === 'link' && (change.after ?? change.before)?.spec.kind === 'tap';
}

/** Whether nothing is lost when the two are told in one line. */
function tellOneStory(tap: Row, port: Row): boolean {
  const [a, b] = [tap.change, port.change];
  if (a.action === 'update' || a.action !== b.action || a.network !== b.network) return false;
  // The port waits for nothing but its tap: the tap's reason is the whole reason.
  if (b.gate.is === 'blocked') return a.gate.is !== 'open' && b.gate.on.every((id) => id === a.id);
  if (tap.section === 'failed') return port.section === 'skipped';
  return (
    tap.section === port.section &&
    a.gate.is === b.gate.is &&
    tap.outcome?.result === port.outcome?.result &&
    tap.outcome?.message === port.outcome?.message
  );
}
