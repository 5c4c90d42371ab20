import type { Fleet } from '../desired/fleet.ts';
import { resolveHost } from '../desired/resolve.ts';
import { type AskedHost, askedHost } from './asked-host.ts';
import type { ConfigClone } from './config-clone.ts';
import { hostAddress } from './host-address.ts';
import type { HostReport } from './host-report.ts';
import { type HostView, type Role, viewOf } from './host-view.ts';

/** Milliseconds between two looks at a host: each of ssh is a connection of its own. */
const EVERY = { unix: 300, ssh: 2000 } as const;

export interface Views {
  source: HostView;
  destination: HostView;
  /** Commits that a host tells of and that were not fetched yet. */
  unknown: boolean;
}

/** Both hosts of a move, as their controllers tell of themselves. */
export class HostsSide {
  readonly everyMs: number;
  private readonly clone: ConfigClone;
  private readonly guest: string;
  private readonly hosts: Record<Role, AskedHost | { name: string; not: string }>;
  /** What was begun and nobody waits for yet. */
  private readonly begun = new Set<Promise<void>>();

  constructor(clone: ConfigClone, guest: string, fleet: Fleet, names: Record<Role, string>) {
    this.clone = clone;
    this.guest = guest;
    const ways = [names.source, names.destination].map((name) => resolveHost(fleet, name)?.controller ?? '');
    this.everyMs = ways.some((way) => way.startsWith('ssh:')) ? EVERY.ssh : EVERY.unix;
    this.hosts = { source: hostOf(fleet, names.source), destination: hostOf(fleet, names.destination) };
  }

  /** Asks both. `revision` is the commit that they are to be at. */
  async look(revision: string): Promise<Views> {
    const [source, destination] = await Promise.all([
      reportOf(this.hosts.source),
      reportOf(this.hosts.destination),
    ]);
    const commits = [source, destination].flatMap((report) =>
      'not' in report ? [] : [report.applied, report.rejected?.revision],
    );
    const containing = new Set<string>();
    let unknown = false;
    for (const commit of commits) {
      if (commit == null) continue;
      if (await this.clone.contains(commit, revision)) containing.add(commit);
      else unknown ||= !(await this.clone.knows(commit));
    }
    const contains = (commit: string) => containing.has(commit);
    const view = (role: Role, report: HostReport | { not: string }): HostView =>
      'not' in report
        ? { is: 'silent', why: report.not }
        : viewOf({ report, guest: this.guest, host: this.hosts[role].name, role, revision, contains });
    return { source: view('source', source), destination: view('destination', destination), unknown };
  }

  /** Tells both that there is something new in git, and does not wait for them. */
  nudge(): void {
    for (const host of Object.values(this.hosts)) {
      if ('not' in host) continue;
      const nudged = host.reconcile().finally(() => this.begun.delete(nudged));
      this.begun.add(nudged);
    }
  }

  /** Waits for what was begun. */
  async settled(): Promise<void> {
    await Promise.all(this.begun);
  }

  /** Has the guest's devices at the source raised again; returns why they could not be. */
  async raiseAtSource(): Promise<string | null> {
    const { source } = this.hosts;
    return 'not' in source ? source.not : source.raise(this.guest);
  }
}

function hostOf(fleet: Fleet, name: string): AskedHost | { name: string; not: string } {
  const host = resolveHost(fleet, name);
  if (host === undefined) return { name, not: 'git knows no such host' };
  if (host.controller === null) {
    return {
      name,
      not: 'git does not say how to ask it: give its Host document spec.controller, such as ssh://root@HOST',
    };
  }
  const address = hostAddress(host.controller);
  return address === null ? { name, not: 'its spec.controller is no address' } : askedHost(name, address);
}

async function reportOf(host: AskedHost | { not: string }): Promise<HostReport | { not: string }> {
  return 'not' in host ? host : host.status();
}
