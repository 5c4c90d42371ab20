import { kindOf } from '../kinds/registry.ts';
import { compareText } from '../model/order.ts';
import type { AnyChange } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyObserved, AnyWanted, Claim, Id, Kind, Observed, Wanted } from '../model/resource.ts';
import { isAltname, strangerHint } from './claim-hints.ts';
import type { Sides } from './compare.ts';
import type { Gating } from './gating.ts';
import { close, isOpen, nameOf } from './gating.ts';

/** Who holds a slot now, and who wants it. */
export interface ClaimTable {
  holders: ReadonlyMap<string, Slot<AnyObserved>>;
  seekers: ReadonlyMap<string, Slot<AnyWanted>>;
  /** What each that is wanted claims, and somebody else has or wants in a way that does not go together with it. */
  contested: ReadonlyMap<Id, readonly Claim[]>;
}

const NONE: readonly never[] = [];

interface Claimant<T> {
  by: T;
  share: string | null;
}

/** The first who claims it, as nearly always the only one. */
interface Slot<T> extends Claimant<T> {
  /** All of them, the first too; null where there is no other. */
  all: Claimant<T>[] | null;
  /** The one word under which all of them share it; null where there is no such word. */
  shared: string | null;
}

/** Filled when somebody first asks: where all is in sync nobody does. */
export function buildClaimTable(sides: Sides): ClaimTable {
  let filled: ClaimTable | null = null;
  const table = () => {
    filled ??= fillTable(sides);
    return filled;
  };
  return {
    get holders() {
      return table().holders;
    },
    get seekers() {
      return table().seekers;
    },
    get contested() {
      return table().contested;
    },
  };
}

function fillTable(sides: Sides): ClaimTable {
  const holders = new Map<string, Slot<AnyObserved>>();
  const seekers = new Map<string, Slot<AnyWanted>>();
  const sought = new Map<Id, readonly Claim[]>();
  sides.observed.forEach((by) => {
    for (const claim of by.claims()) enter(holders, claim, by);
  });
  sides.wanted.forEach((by) => {
    const claims = claimsAs(by);
    sought.set(by.id, claims);
    for (const claim of claims) enter(seekers, claim, by);
  });
  const contested = new Map<Id, readonly Claim[]>();
  sought.forEach((claims, id) => {
    const some = claims.filter((claim) => hasRivals(holders, claim, id) || hasRivals(seekers, claim, id));
    if (some.length > 0) contested.set(id, some);
  });
  return { holders, seekers, contested };
}

function hasRivals<T extends { id: Id }>(slots: ReadonlyMap<string, Slot<T>>, claim: Claim, id: Id): boolean {
  const known = slotOf(slots, claim);
  return known !== undefined && (known.all !== null || known.by.id !== id);
}

function claimsAs<K extends Kind>({ kind, name, spec }: Wanted<K>): Claim[] {
  return kindOf(kind).claims(name, spec);
}

export function describeObserved(observed: AnyObserved): string {
  return describeAs(observed);
}

function describeAs<K extends Kind>({ kind, name, spec }: Observed<K>): string {
  return kindOf(kind).describe(name, spec);
}

/**
 * Conflicts over a slot: with a stranger, or with one of ours that stays, a change cannot go ahead; among two that are
 * wanted, the one that stands wins, else the first by id.
 */
export function gateClaims(gating: Gating, table: ClaimTable): boolean {
  let closed = false;
  for (const draft of gating.drafts.values()) {
    if (draft.after === null || draft.gate.is !== 'open') continue;
    for (const claim of newClaims(draft, table)) {
      const conflict = conflictOf(gating, table, draft, claim);
      if (conflict === null) continue;
      closed =
        close(gating, draft.id, conflict.gate, conflict.waits ? undefined : conflict.problem) || closed;
      if (conflict.waits) gating.waiting.set(draft.id, conflict.problem);
      break;
    }
  }
  return closed;
}

/** The changes that must release a slot before `draft` can take it. */
export function releasersOf(
  drafts: ReadonlyMap<Id, AnyChange>,
  table: ClaimTable,
  draft: AnyChange,
): readonly Id[] {
  const claims = draft.after === null ? NONE : newClaims(draft, table);
  if (claims.length === 0) return NONE;
  const ids: Id[] = [];
  for (const claim of claims) {
    for (const holder of rivals(table.holders, claim)) {
      if (holder.by.id !== draft.id && conflicts(claim.share, holder.share) && drafts.has(holder.by.id)) {
        ids.push(holder.by.id);
      }
    }
  }
  return ids;
}

interface Conflict {
  gate: AnyChange['gate'];
  problem: Problem;
  /** Whether it is no problem where what it waits for is held back. */
  waits?: true;
}

function conflictOf(gating: Gating, table: ClaimTable, draft: AnyChange, claim: Claim): Conflict | null {
  const { after } = draft;
  if (after === null) return null;
  for (const holder of rivals(table.holders, claim)) {
    if (holder.by.id === draft.id || !conflicts(claim.share, holder.share)) continue;
    if (holder.by.mark.is === 'foreign') {
      const why = `${strangerWords(claim.slot, holder.by)}, which is not Plumbline's`;
      const problem = { ...problemOf(after, claim.slot, why), hint: strangerHint(claim.slot, holder.by) };
      return { gate: { is: 'taken', why }, problem };
    }
    if (!releases(gating, table, holder.by.id, claim)) {
      const why = `${slotWords(claim.slot)} is still taken by ${describeObserved(holder.by)}`;
      const problem = problemOf(after, claim.slot, why);
      return { gate: { is: 'blocked', on: [holder.by.id], why }, problem, waits: true };
    }
  }
  for (const seeker of rivals(table.seekers, claim)) {
    if (seeker.by.id === draft.id || !conflicts(claim.share, seeker.share)) continue;
    const other = gating.drafts.get(seeker.by.id);
    const otherComesFirst =
      !gating.sides.unplanned.has(seeker.by.id) &&
      (other === undefined || (other.gate.is === 'open' && compareText(seeker.by.id, draft.id) < 0));
    if (!otherComesFirst) continue;
    const { file, line } = seeker.by.source;
    const why = `${slotWords(claim.slot)} is wanted by ${seeker.by.name} too, which ${file}:${line} asks for`;
    return { gate: { is: 'blocked', on: [seeker.by.id], why }, problem: problemOf(after, claim.slot, why) };
  }
  return null;
}

/** Whether the change that is planned for `id` gives the slot up. */
function releases(gating: Gating, table: ClaimTable, id: Id, claim: Claim): boolean {
  const change = gating.drafts.get(id);
  if (change === undefined || !isOpen(gating, id)) return false;
  if (change.after === null) return true;
  const contested = table.contested.get(id) ?? [];
  return !contested.some((one) => one.slot === claim.slot && conflicts(claim.share, one.share));
}

/** Of what is contested, what it does not hold already. */
function newClaims({ id, before, after }: AnyChange, table: ClaimTable): readonly Claim[] {
  const contested = (after === null ? undefined : table.contested.get(id)) ?? NONE;
  if (contested.length === 0 || before?.mark.is !== 'ours') return contested;
  const held = before.claims();
  return contested.filter(
    (claim) => !held.some((own) => own.slot === claim.slot && own.share === claim.share),
  );
}

function conflicts(a: string | null, b: string | null): boolean {
  return a === null || b === null || a !== b;
}

/** A device that has the slot of its own name has it as port of a bridge. */
function strangerWords(slot: string, holder: AnyObserved): string {
  const [bridge] = holder.needs;
  if (slot === `device:${holder.name}` && holder.kind === 'link' && bridge !== undefined)
    return `${holder.name} is a port of ${nameOf(bridge.id)}`;
  const as = isAltname(slot, holder) ? 'an altname of ' : '';
  return `${slotWords(slot)} is taken by ${as}${describeObserved(holder)}`;
}

function slotWords(slot: string): string {
  const at = slot.indexOf(':');
  const rest = slot.slice(at + 1);
  switch (slot.slice(0, at)) {
    case 'mac': {
      const slash = rest.indexOf('/');
      return `the address ${rest.slice(slash + 1)} on ${rest.slice(0, slash)}`;
    }
    case 'name':
      return `the name ${rest}`;
    case 'address':
      return `the address ${rest}`;
    default:
      return rest;
  }
}

const SLOT_CODES: Readonly<Record<string, string>> = {
  mac: 'mac-in-use',
  name: 'name-taken',
  device: 'device-in-use',
  address: 'address-in-use',
};

function problemOf(wanted: AnyWanted, slot: string, why: string): Problem {
  const code = SLOT_CODES[slot.slice(0, slot.indexOf(':'))] ?? 'in-use';
  return { code, severity: 'error', message: `${wanted.name}: ${why}`, source: wanted.source };
}

function enter<T>(slots: Map<string, Slot<T>>, { slot, share }: Claim, by: T): void {
  const known = slots.get(slot);
  if (known === undefined) {
    slots.set(slot, { by, share, all: null, shared: share });
    return;
  }
  known.all ??= [known];
  known.all.push({ by, share });
  if (known.shared !== share) known.shared = null;
}

/** Who may be in the way of a claim. */
function rivals<T>(slots: ReadonlyMap<string, Slot<T>>, claim: Claim): readonly Claimant<T>[] {
  const known = slotOf(slots, claim);
  return known === undefined ? NONE : (known.all ?? [known]);
}

/** None where all go together: a thousand macvtaps that share their parent need not be asked one by one. */
function slotOf<T>(slots: ReadonlyMap<string, Slot<T>>, { slot, share }: Claim): Slot<T> | undefined {
  const known = slots.get(slot);
  return known !== undefined && share !== null && known.shared === share ? undefined : known;
}
