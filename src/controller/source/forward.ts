import type { Problem } from '../../model/problem.ts';

/** Somebody rewrote the history that this host follows: `good` is not among the ancestors of `head`. */
export function notForward(what: string, good: string, head: string): Problem {
  return {
    code: 'not-forward',
    severity: 'error',
    message: `${what} was rewritten: ${short(head)} does not have the last good commit ${short(good)} in its history`,
    source: null,
    found: head,
    expected: `a commit that descends from ${good}`,
    hint: 'if that was meant, follow it by --allow-force; else push the lost commits again',
  };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
