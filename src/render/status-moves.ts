import type { ClaimStatus, MoveStatus, Status } from '../model/status.ts';
import type { Line, Medium } from './line.ts';
import { span } from './line.ts';
import { formatRemaining } from './moment.ts';
import type { StatusSection } from './status-section.ts';
import { alignColumns, moreLine } from './status-section.ts';

/**
 * Guests between two hosts, and those that are about to run here whatever git says: whether all is ready for them. No
 * line is cut, for a reason that is cut is none.
 */
export function moveSection(
  { moves, claims }: Status,
  now: number,
  most: number,
  medium: Medium,
): StatusSection {
  const rows = [
    ...moves.map((move) => cells(move, moveText(move), medium)),
    ...claims.map((claim) => cells(claim, claimText(claim, now), medium)),
  ];
  const lines = alignColumns(rows.slice(0, most));
  if (rows.length > most) lines.push(moreLine(rows.length - most, medium));
  return { heading: 'Moves and claims', look: 'bold', lines };
}

function cells({ guest, ready, why }: MoveStatus | ClaimStatus, text: string, medium: Medium): Line[] {
  return [
    [span(`  ${guest}`, medium)],
    [span(text, medium)],
    [ready ? span('ready', medium, 'good') : span(`not ready: ${why ?? 'unknown'}`, medium, 'warn')],
  ];
}

function moveText({ role, peer, released }: MoveStatus): string {
  if (role === 'destination') return `comes from ${peer}`;
  return released ? `has gone to ${peer}` : `goes to ${peer}`;
}

function claimText({ until }: ClaimStatus, now: number): string {
  return `claimed for another ${formatRemaining(Date.parse(until) - now)}`;
}
