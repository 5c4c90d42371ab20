import { hostname } from 'node:os';
import type { Fleet, ResolvedHost } from '../desired/fleet.ts';
import { findHost } from '../desired/host.ts';
import type { Loaded } from '../desired/load.ts';
import { loadDirectory, loadRevision } from '../desired/load.ts';
import { resolveHost } from '../desired/resolve.ts';
import type { Problem } from '../model/problem.ts';
import { compareProblems, ProblemsError } from '../model/problem.ts';
import type { LinkOwner } from '../model/specs.ts';
import type { Guard } from '../plan/guard.ts';
import { DEFAULT_GUARD } from '../plan/guard.ts';
import type { Task } from '../run/task.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { cacheDirectory } from '../tools/directories.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';

export interface FleetOptions {
  /** The desired directory. */
  argument: string;
  revision: string | null;
  output: 'text' | 'json';
}

export interface TaskOptions extends FleetOptions {
  host: string | null;
  allowRecreate: boolean;
  allowPrune: boolean;
}

/** A fleet that was read and checked, with what was found in it. */
export async function readFleet(
  options: FleetOptions,
  io: Io,
): Promise<{ loaded: Loaded; problems: Problem[] }> {
  const cache = { cache: cacheDirectory(io.env) };
  const loaded =
    options.revision === null
      ? await loadDirectory(options.argument, cache)
      : await loadRevision(options.argument, options.revision, cache);
  const { check } = await import('../check/check.ts');
  const problems = [...loaded.problems, ...check(loaded.fleet)].sort(compareProblems);
  return { loaded, problems };
}

/** What this host is to become. Ends the command, with every problem told, when the fleet has errors. */
export async function openTask(options: TaskOptions, io: Io): Promise<Task> {
  const { loaded, problems } = await readFleet(options, io);
  if (problems.some((problem) => problem.severity === 'error')) {
    await reportInvalid(loaded, problems, options, io);
    throw new ExitError(EXIT.failed, '');
  }
  const { fleet } = loaded;
  const found = findHost(fleet, {
    ...(options.host === null ? {} : { option: options.host }),
    ...(io.env.PLUMBLINE_HOST ? { environment: io.env.PLUMBLINE_HOST } : {}),
    hostname: hostname(),
  });
  if (options.host === null) io.stderr.write(`This is host ${found.host} (${found.how})\n`);
  const host = resolveHost(fleet, found.host);
  if (host === undefined) throw new Error(`host ${found.host} was found and cannot be resolved`);
  const sandbox = sandboxSettings(io.env);
  return {
    desired: { fleet, host },
    host: found.host,
    revision: loaded.revision,
    allowRecreate: options.allowRecreate,
    allowPrune: options.allowPrune,
    guard: guardOf(fleet),
    deviceOwner: sandbox?.accounts === false ? null : await deviceOwner(host),
    datapath: sandbox?.datapath ?? null,
    skipped: new Map(Object.entries(sandbox?.skip ?? {})),
    notices: problems,
    env: io.env,
  };
}

function guardOf(fleet: Fleet): Guard {
  const { guests, share } = fleet.settings?.spec.guard ?? {};
  return { guests: guests ?? DEFAULT_GUARD.guests, share: share ?? DEFAULT_GUARD.share };
}

async function reportInvalid(
  loaded: Loaded,
  problems: readonly Problem[],
  options: FleetOptions,
  io: Io,
): Promise<void> {
  if (options.output === 'json') {
    const { renderCheckJson } = await import('../render/check.ts');
    io.stdout.write(`${JSON.stringify(renderCheckJson(loaded.fleet, problems), null, 2)}\n`);
    return;
  }
  const { renderProblems } = await import('../render/problems.ts');
  io.stderr.write(await renderProblems(problems, { color: io.errorColor, textOf: loaded.textOf }));
  io.stderr.write('Nothing was changed: the documents have errors.\n');
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
