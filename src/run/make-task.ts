import type { Fleet, ResolvedHost } from '../desired/fleet.ts';
import { resolveHost, withClaims } from '../desired/resolve.ts';
import type { Problem } from '../model/problem.ts';
import { ProblemsError } from '../model/problem.ts';
import type { LinkOwner, OvsDatapath } from '../model/specs.ts';
import type { Guard } from '../plan/guard.ts';
import { DEFAULT_GUARD } from '../plan/guard.ts';
import type { Task } from './task.ts';

/** How a host of namespaces differs from a real one. */
export interface Surroundings {
  datapath: OvsDatapath;
  skip: Readonly<Record<string, string>>;
  accounts: boolean;
}

export interface TaskInput {
  fleet: Fleet;
  host: string;
  revision: string | null;
  allowRecreate: boolean;
  allowPrune: boolean;
  /** null on a real host. */
  surroundings: Surroundings | null;
  notices: readonly Problem[];
  /** Guests that this host's runtime claims. */
  claimed: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** What a host is to become, with the accounts looked up that its documents name. Throws ProblemsError. */
export async function makeTask(input: TaskInput): Promise<Task> {
  const { fleet: documents, surroundings, claimed, ...rest } = input;
  const fleet = withClaims(documents, input.host, claimed);
  const host = resolveHost(fleet, input.host);
  if (host === undefined) throw new Error(`host ${input.host} was found and cannot be resolved`);
  return {
    ...rest,
    desired: { fleet, host },
    guard: guardOf(fleet),
    deviceOwner: surroundings?.accounts === false ? null : await deviceOwner(host),
    datapath: surroundings?.datapath ?? null,
    skipped: new Map(Object.entries(surroundings?.skip ?? {})),
  };
}

function guardOf(fleet: Fleet): Guard {
  const { guests, share } = fleet.settings?.spec.guard ?? {};
  return { guests: guests ?? DEFAULT_GUARD.guests, share: share ?? DEFAULT_GUARD.share };
}

/** Ids of the accounts that may open guest devices: those of this machine, as the names in the documents say. */
async function deviceOwner(host: ResolvedHost): Promise<LinkOwner | null> {
  const { user, group } = host.guestDevices ?? {};
  if (user === undefined && group === undefined) return null;
  const { lookupGroup, lookupUser } = await import('../tools/accounts.ts');
  const uid = user === undefined ? null : await lookupUser(user);
  const gid = group === undefined ? null : await lookupGroup(group);
  const problems: Problem[] = [];
  if (user !== undefined && uid === null) problems.push(unknownAccount(host, 'user', user));
  if (group !== undefined && gid === null) problems.push(unknownAccount(host, 'group', group));
  if (problems.length > 0) throw new ProblemsError(problems);
  return { uid, gid };
}

function unknownAccount(host: ResolvedHost, kind: 'user' | 'group', name: string): Problem {
  return {
    code: `unknown-${kind}`,
    severity: 'error',
    message: `this machine has no ${kind} ${name}, who is to open guest devices here`,
    source: host.document.at(['spec', 'guestDevices', kind]),
    found: name,
    expected: `a ${kind} of this machine`,
    hint:
      kind === 'user' ? 'Debian: libvirt-qemu comes with libvirt-daemon-system' : 'Debian: kvm, libvirt-qemu',
  };
}
