import { judge } from '../controller/judge.ts';
import type { Fleet } from '../desired/fleet.ts';
import type { Loaded } from '../desired/load.ts';
import { resolveGuest } from '../desired/resolve.ts';
import { type Problem, ProblemsError } from '../model/problem.ts';
import type { Placement, PlacingDocument } from './placement-text.ts';

/** A guest that git places, and where that is written. */
export interface GuestInGit {
  placement: Placement;
  document: PlacingDocument;
  /** Relative to the desired directory. */
  file: string;
}

/** null: it is placed nowhere. Throws ProblemsError for a guest that the fleet does not know. */
export function guestInGit(fleet: Fleet, name: string): GuestInGit | null {
  const guest = resolveGuest(fleet, name);
  if (guest === undefined) throw new ProblemsError([unknownGuest(fleet, name)]);
  const { host, migratingTo, placedBy } = guest;
  if (host === null || placedBy === null) return null;
  return {
    placement: { host, migratingTo },
    document: { kind: placedBy.kind, name },
    file: placedBy.at(['spec', 'host']).file,
  };
}

/** What keeps these documents from being taken up by a host; empty where nothing does. */
export function whatHoldsUp(loaded: Loaded, host: string): Problem[] {
  const verdict = judge(loaded, { option: host, hostname: host }, null);
  if (verdict.is === 'good') return [];
  return verdict.problems.filter(({ severity }) => severity === 'error');
}

function unknownGuest(fleet: Fleet, name: string): Problem {
  const broken = fleet.broken.has(`Guest/${name}`);
  const message = broken
    ? `the document of guest ${name} has problems`
    : `the fleet does not know a guest ${name}`;
  return { code: 'unknown-guest', severity: 'error', message, source: null, found: name };
}
