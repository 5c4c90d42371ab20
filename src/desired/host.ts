import { hostname } from 'node:os';
import { type Problem, ProblemsError } from '../model/problem.ts';
import type { Fleet } from './fleet.ts';

/** Where a host's name can come from, most explicit first. */
export interface Given {
  /** --host */
  option?: string;
  /** PLUMBLINE_HOST */
  environment?: string;
  /** The machine's full hostname. */
  hostname: string;
}

/** What this machine gives for finding its host; `option` is --host, null where it was left out. */
export function givenHere(option: string | null, env: NodeJS.ProcessEnv): Given {
  return {
    ...(option === null ? {} : { option }),
    ...(env.PLUMBLINE_HOST ? { environment: env.PLUMBLINE_HOST } : {}),
    hostname: hostname(),
  };
}

/**
 * Which host of the fleet this one is, and how that was found, in words for the report. Throws ProblemsError for a host
 * that the fleet does not know and for a name that fits two.
 */
export function findHost(fleet: Fleet, given: Given): { host: string; how: string } {
  const [name, origin] = given.option
    ? [given.option, '--host']
    : given.environment
      ? [given.environment, 'PLUMBLINE_HOST']
      : [given.hostname, 'hostname'];
  const wanted = name.toLowerCase();
  const exact = matching(fleet, (own, hostname) => own === wanted || hostname === wanted);
  if (exact.length > 0) return only(exact, `${origin} ${name}`, name);

  const short = shortName(wanted);
  // `kvm-a` may stand for kvm-a.example, and kvm-a.example for the host kvm-a; never for kvm-a of another domain.
  const near = matching(fleet, (own, hostname) => {
    return own === short || hostname === short || (wanted === short && shortName(hostname ?? '') === short);
  });
  if (near.length > 0) return only(near, `short name ${short} of ${origin} ${name}`, name);
  throw new ProblemsError([unknown(fleet, name, origin)]);
}

/** As `findHost` for a name alone; null where the fleet does not know it. Throws ProblemsError for one that fits two. */
export function hostByName(fleet: Fleet, name: string): string | null {
  try {
    return findHost(fleet, { option: name, hostname: name }).host;
  } catch (error) {
    if (error instanceof ProblemsError && error.problems.every(({ code }) => code === 'unknown-host'))
      return null;
    throw error;
  }
}

function matching(fleet: Fleet, matches: (own: string, hostname: string | null) => boolean): string[] {
  return [...fleet.hosts.values()]
    .filter((host) => matches(host.name, host.spec.hostname?.toLowerCase() ?? null))
    .map((host) => host.name);
}

function only(hosts: string[], how: string, name: string): { host: string; how: string } {
  const [host, another] = hosts;
  if (host !== undefined && another === undefined) return { host, how };
  throw new ProblemsError([
    {
      code: 'ambiguous-host',
      severity: 'error',
      message: `${name} fits ${hosts.length} hosts of the fleet`,
      source: null,
      found: hosts.join(', '),
      expected: 'one host',
      hint: 'say which: --host NAME',
    },
  ]);
}

function unknown(fleet: Fleet, name: string, origin: string): Problem {
  const known = [...fleet.hosts.keys()];
  const shown = known.slice(0, 20).join(', ');
  const broken = fleet.broken.has(`Host/${name}`);
  return {
    code: 'unknown-host',
    severity: 'error',
    message: broken ? `the document of host ${name} has problems` : `the fleet does not know a host ${name}`,
    source: null,
    found: `${name} (${origin})`,
    expected:
      known.length > 20
        ? `one of ${shown} and ${known.length - 20} more`
        : `one of ${shown || 'no host at all'}`,
    hint: 'say which host this is by --host NAME or PLUMBLINE_HOST, or add its Host document',
  };
}

function shortName(name: string): string {
  return name.split('.', 1)[0] ?? name;
}
