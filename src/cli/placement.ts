import type { ResolvedGuest } from '../desired/fleet.ts';
import { hostByName } from '../desired/host.ts';
import type { Loaded } from '../desired/load.ts';
import { nearest } from '../model/nearest.ts';
import { type Problem, ProblemsError } from '../model/problem.ts';
import { PlacementView, unreadHosts } from '../placement/view.ts';
import type { Io } from './io.ts';
import { type FleetOptions, readFleet } from './session.ts';

/**
 * A fleet for questions about who can be where. Errors in it end nothing: what they make impossible to tell is a reason
 * at the hosts that they bear on, and that there are any is told on standard error.
 */
export async function openPlacement(
  options: FleetOptions,
  io: Io,
): Promise<{ view: PlacementView; loaded: Loaded }> {
  const { loaded, problems } = await readFleet(options, io);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) {
    const count = errors === 1 ? 'an error' : `${errors} errors`;
    io.stderr.write(
      `The documents have ${count}, which plumbline check tells: guests that could not be read take no room here.\n`,
    );
  }
  return { view: new PlacementView(loaded.fleet, problems), loaded };
}

/** Throws ProblemsError for a guest that the fleet does not know, with the name that was probably meant. */
export function requireGuest(view: PlacementView, name: string): ResolvedGuest {
  const guest = view.guest(name);
  if (guest !== undefined) return guest;
  const { broken, guests } = view.fleet;
  if (broken.has(`Guest/${name}`)) throw new ProblemsError([notValid(view, name)]);
  throw new ProblemsError([unknown('guest', name, [...guests.keys()])]);
}

/** Of a document that is there, the place of the first thing that is wrong in it. */
function notValid({ problems }: PlacementView, name: string): Problem {
  const first = problems.find(
    ({ severity, about }) => severity === 'error' && about?.[0] === `Guest/${name}`,
  );
  return {
    code: 'guest-broken',
    severity: 'error',
    message: `the document of guest ${name} is not valid${first === undefined ? '' : `: ${first.message}`}`,
    source: first?.source ?? null,
    hint: 'correct it; plumbline check tells all that is wrong in it',
  };
}

/** A host's name in the fleet, by that or by its hostname. Throws ProblemsError as `requireGuest`. */
export function requireHost(view: PlacementView, name: string): string {
  if (view.hosts.has(name) || unreadHosts(view).includes(name)) return name;
  return hostByName(view.fleet, name) ?? fail(unknown('host', name, [...view.hosts.keys()]));
}

function unknown(what: 'guest' | 'host', name: string, known: readonly string[]): Problem {
  const meant = nearest(name, known);
  const shown = known.slice(0, 5).join(', ');
  return {
    code: `unknown-${what}`,
    severity: 'error',
    message: `the fleet does not know a ${what} ${name}`,
    source: null,
    found: name,
    expected:
      known.length > 5 ? `one of ${shown} and ${known.length - 5} more` : `one of ${shown || 'none at all'}`,
    ...(meant === null ? {} : { hint: `did you mean ${meant}?` }),
  };
}

function fail(problem: Problem): never {
  throw new ProblemsError([problem]);
}
