import type { Reason, Verdict } from '../placement/reason.ts';
import type { HostVerdict } from '../placement/where.ts';

export interface ReasonJson {
  code: string;
  message: string;
}

/** What `where -o json` and `can-migrate -o json` print. */
export interface WhereJson {
  version: 1;
  guest: string;
  hosts: { host: string; verdict: Verdict; reasons: ReasonJson[] }[];
}

export function whereJson(guest: string, hosts: readonly HostVerdict[]): WhereJson {
  return {
    version: 1,
    guest,
    hosts: hosts.map(({ host, verdict, reasons }) => ({ host, verdict, reasons: reasonsJson(reasons) })),
  };
}

export function reasonsJson(reasons: readonly Reason[]): ReasonJson[] {
  return reasons.map(({ code, message }) => ({ code, message }));
}
