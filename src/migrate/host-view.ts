import type { HostReport } from './host-report.ts';

/** Which of the two hosts of a move one is. */
export type Role = 'source' | 'destination';

/** What one host's status means for the move of one guest. */
export type HostView = { is: 'silent'; why: string } | HostSays;

export interface HostSays {
  is: 'told';
  /** Whether a process has one of the guest's devices open there: that is where it runs. */
  holds: 'yes' | 'no' | 'unknown';
  /** Its devices were set down there, for it has gone. */
  released: boolean;
  readiness: Readiness;
}

/** `refuses`: it will not be ready, however long one waits. */
export type Readiness = { is: 'ready' } | { is: 'waits' | 'refuses'; why: string };

export interface Look {
  report: HostReport;
  guest: string;
  /** The host's name, as git has it. */
  host: string;
  role: Role;
  /** The commit that both hosts are to be at. */
  revision: string;
  /** Whether the history of `commit` has `revision` in it. */
  contains(commit: string): boolean;
}

/** What waits for somebody, and not for time: the words of `Waiting.why`. */
const LASTING: ReadonlySet<string> = new Set([
  'held',
  'guard',
  'paused',
  'contended',
  'blocked',
  'taken',
  'failed',
]);

export function viewOf(look: Look): HostView {
  const { report, guest, host } = look;
  if (report.host !== host) {
    return { is: 'silent', why: `what answers there is host ${report.host ?? 'of no name'}, not ${host}` };
  }
  if (!report.controller) return { is: 'silent', why: 'no controller runs there' };
  if (report.applied === null) {
    return { is: 'silent', why: 'it is at no commit: it follows files as they are saved, or has only begun' };
  }
  const devices = report.devices.filter((device) => device.guest === guest);
  return {
    is: 'told',
    holds: holdsOf(devices.map(({ held }) => held?.is ?? 'free')),
    released: report.moves.some((move) => move.guest === guest && move.released),
    readiness: readinessOf(look),
  };
}

function holdsOf(devices: readonly ('free' | 'held' | 'unknown')[]): HostSays['holds'] {
  if (devices.includes('held')) return 'yes';
  return devices.includes('unknown') ? 'unknown' : 'no';
}

function readinessOf({ report, guest, role, revision, contains }: Look): Readiness {
  const { applied, rejected, onTrial } = report;
  if (applied === null || !contains(applied)) {
    if (rejected?.revision != null && contains(rejected.revision)) return refuses(whyRejected(rejected));
    const pause = pauseOf(report, guest);
    if (pause !== null) return refuses(pause);
    return waits(
      applied === null
        ? 'it is at no commit yet'
        : `it is at ${short(applied)}, not yet at ${short(revision)}`,
    );
  }
  if (onTrial !== null) return waits('what it was changed to is on trial');
  const move = report.moves.find((one) => one.guest === guest && one.role === role);
  if (move?.ready) return { is: 'ready' };
  const lasting = report.waiting.find(({ guests, why }) => guests.includes(guest) && LASTING.has(why));
  if (lasting !== undefined) return refuses(lasting.text);
  return refusesIfPaused(report, guest) ?? waits(move?.why ?? `it does not know yet that ${guest} moves`);
}

function refusesIfPaused(report: HostReport, guest: string): Readiness | null {
  const pause = pauseOf(report, guest);
  return pause === null ? null : refuses(pause);
}

function whyRejected({ problems }: NonNullable<HostReport['rejected']>): string {
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return `it rejects the commit: ${errors[0] ?? 'it does not say why'}`;
}

function pauseOf({ paused }: HostReport, guest: string): string | null {
  const pause = paused.find((one) => one.guest === null || one.guest === guest);
  if (pause === undefined) return null;
  const what = pause.guest === null ? 'it is paused' : `${guest} is paused there`;
  return pause.reason === null ? what : `${what}: ${pause.reason}`;
}

function waits(why: string): Readiness {
  return { is: 'waits', why };
}

function refuses(why: string): Readiness {
  return { is: 'refuses', why };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
