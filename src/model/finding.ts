import { compareNatural, compareText } from './order.ts';

/**
 * Something on this host that fights with Plumbline or breaks guests. `error`: guests or runs are hurt as things are;
 * `warning`: they may be, or it could not be told.
 */
export interface Finding {
  /** Stable over releases: what scripts match. */
  code: string;
  severity: 'error' | 'warning';
  /** What is the matter and what it does to guests. */
  message: string;
  found: string;
  /** What to do about it. */
  hint: string;
}

/** Names told in one finding; the rest is counted. */
const NAMED = 5;

/** `web1-eth0, web2-eth0 and 7 more`. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

/** Worst first, then by code and words, so that two looks at one host read alike. */
export function compareFindings(a: Finding, b: Finding): number {
  const rank = ({ severity }: Finding) => (severity === 'error' ? 0 : 1);
  return rank(a) - rank(b) || compareText(a.code, b.code) || compareNatural(a.message, b.message);
}

/** Whether nothing hurts guests as things are; a warning alone does not. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== 'error');
}
