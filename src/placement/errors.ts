import type { CheckContext } from '../check/context.ts';
import { placesOf } from '../desired/served-guests.ts';
import type { Problem } from '../model/problem.ts';

/**
 * The errors that hold up each host, by its name: a host does not take up a revision in which something is wrong that
 * bears on it. Those of a Host or HostClass hold up their hosts, those of a Network the hosts that realise it, those of
 * a guest the hosts that it is on; what is nobody's in particular holds up all.
 */
export function hostErrors(context: CheckContext, problems: readonly Problem[]): Map<string, Problem[]> {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const byHost = new Map<string, Problem[]>();
  if (errors.length === 0) return byHost;
  const bearing = bearers(context);
  for (const error of errors) {
    const hosts = new Set(error.about?.flatMap((name) => bearing(name)) ?? [...context.hosts.keys()]);
    for (const host of hosts) {
      const there = byHost.get(host) ?? [];
      byHost.set(host, there);
      there.push(error);
    }
  }
  return byHost;
}

/** The hosts that a document, as `Kind/name`, bears on. */
function bearers({ hosts, guests }: CheckContext): (document: string) => readonly string[] {
  const byDocument = new Map<string, string[]>();
  const add = (document: string, host: string) => {
    const there = byDocument.get(document) ?? [];
    byDocument.set(document, there);
    there.push(host);
  };
  for (const host of hosts.values()) {
    add(`Host/${host.name}`, host.name);
    for (const name of new Set(host.document.spec.classes)) add(`HostClass/${name}`, host.name);
    for (const name of host.networks.keys()) add(`Network/${name}`, host.name);
  }
  for (const guest of guests) {
    for (const host of [...placesOf(guest), ...guest.standby]) {
      add(`Guest/${guest.name}`, host);
      add(`Placement/${guest.name}`, host);
    }
  }
  return (document) => (document.startsWith('Fleet/') ? [...hosts.keys()] : (byDocument.get(document) ?? []));
}

/** Errors of a guest's own documents that depend on where it is: another host may be the cure. */
const OF_PLACE: ReadonlySet<string> = new Set([
  'device-name-taken',
  'duplicate-address',
  'duplicate-dns-name',
  'duplicate-published-port',
  'isolation-not-supported',
  'migrating-from-nowhere',
  'migrating-to-itself',
  'network-not-realised',
  'publish-without-nat',
  'trunk-not-supported',
  'unknown-host',
  'vlan-not-supported',
]);

/** Errors of a guest that go with it, wherever it is. */
export function guestErrors(problems: readonly Problem[], guest: string): Problem[] {
  const own = new Set([`Guest/${guest}`, `Placement/${guest}`]);
  return problems.filter(
    ({ severity, code, about }) =>
      severity === 'error' && !OF_PLACE.has(code) && about?.some((document) => own.has(document)),
  );
}
