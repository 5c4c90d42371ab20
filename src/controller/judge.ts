import { check } from '../check/check.ts';
import type { Fleet } from '../desired/fleet.ts';
import { findHost, type Given } from '../desired/host.ts';
import type { Loaded } from '../desired/load.ts';
import { compareProblems, type Problem, ProblemsError } from '../model/problem.ts';
import { bearingOn } from './bearing.ts';
import type { Verdict } from './words.ts';

/**
 * Whether a desired state may be applied on this host. One error that bears on it rejects the whole of it here, with
 * every problem told; errors that bear only on other hosts become warnings, and what is broken of theirs is not in the
 * fleet. `lastGood` is the fleet that the host is kept at; null when there is none.
 */
export function judge(loaded: Loaded, given: Given, lastGood: Fleet | null): Verdict {
  const problems = [...loaded.problems, ...check(loaded.fleet)].sort(compareProblems);
  const found = whichHost(loaded.fleet, given);
  if (found.is === 'unknown') {
    const readable = problems.filter(({ severity }) => severity === 'error');
    return { is: 'rejected', problems: [...found.problems, ...readable] };
  }
  const bears = bearings(loaded.fleet, found.host, whichHost(lastGood, given), lastGood);
  const ours = problems.filter((problem) => isError(problem) && bears(problem));
  const others = problems.filter((problem) => !ours.includes(problem)).map(asWarning);
  if (ours.length > 0) return { is: 'rejected', problems: [...ours, ...others] };
  return { is: 'good', loaded, host: found.host, notices: others };
}

type Identity = { is: 'known'; host: string } | { is: 'unknown'; problems: readonly Problem[] };

function whichHost(fleet: Fleet | null, given: Given): Identity {
  if (fleet === null) return { is: 'unknown', problems: [] };
  try {
    return { is: 'known', host: findHost(fleet, given).host };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { is: 'unknown', problems: error.problems };
  }
}

/**
 * With the Host document left out that this machine went by, its name may fit another's: then what is wrong with the
 * document that is left out bears on this machine too.
 */
function bearings(
  fleet: Fleet,
  host: string,
  before: Identity,
  lastGood: Fleet | null,
): (problem: Problem) => boolean {
  const documents = bearingOn(fleet, host, lastGood);
  const former = before.is === 'known' ? `Host/${before.host}` : null;
  return ({ about }) =>
    about === undefined || about.some((document) => documents(document) || document === former);
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}

function asWarning(problem: Problem): Problem {
  return { ...problem, severity: 'warning' };
}
