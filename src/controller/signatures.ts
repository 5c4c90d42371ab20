import { type Problem, ProblemsError } from '../model/problem.ts';
import { readSigners, type Signers } from './signers.ts';
import { notForward } from './source/forward.ts';
import { commitId, git, isForward } from './source/git.ts';

export interface SignatureOptions {
  /** A directory in the repository. */
  repository: string;
  /** The file of those who may sign; see `readSigners`. */
  allowedSigners: string;
  /** The commit that is trusted as it is, with all before it, while there is no last good one. */
  trustFrom: string | null;
  /** Follow a history that was rewritten; what is new in it is verified all the same. */
  allowForce: boolean;
}

export interface SignatureRange extends SignatureOptions {
  /** The last good commit; null while there is none. */
  from: string | null;
  /** A full id. */
  to: string;
}

/** Problems told of commits; the rest is counted. */
const SHOWN = 20;
/** Of somebody's text in a message. */
const MAX_TEXT = 60;
/** ssh-keygen and gpg take some 10 ms for a commit, and git prints each when it is done. */
const SILENCE_MS = 120_000;

/**
 * Verifies every commit that `to` brings over `from`, those that a merge brings in included: each must be signed by
 * somebody in the file. Empty when all are. Whatever goes wrong on the way is a problem too, never a pass.
 */
export async function verifySignatures(range: SignatureRange): Promise<Problem[]> {
  let signers: Signers | null = null;
  try {
    const revisions = await revisionsOf(range);
    signers = await readSigners(range.allowedSigners);
    return await refusedCommits(range, revisions, signers);
  } catch (error) {
    if (error instanceof ProblemsError) return [...error.problems];
    const words = error instanceof Error ? error.message.trim().split('\n', 1)[0] : String(error);
    return [problem('signatures-unknown', `the signatures cannot be verified: ${words}`)];
  } finally {
    signers?.remove();
  }
}

/** `to`, and what is trusted already, as git-rev-list(1) takes them. Throws ProblemsError. */
async function revisionsOf(range: SignatureRange): Promise<string[]> {
  const { repository, from, to, allowForce } = range;
  if (from === null) return [to, ...(await trustRoot(range))];
  const known = await commitId(repository, from);
  if (known !== null && (allowForce || (await isForward(repository, known, to)))) return [to, `^${known}`];
  if (!allowForce) throw new ProblemsError([notForward('the history', from, to)]);
  return [to, ...(await trustRoot(range))];
}

async function trustRoot({ repository, trustFrom, to }: SignatureRange): Promise<string[]> {
  if (trustFrom === null) {
    const shallow = await git(repository, ['rev-parse', '--is-shallow-repository']);
    if (shallow.trim() === 'false') return [];
    throw refused(
      'shallow-history',
      'the repository is shallow, so what its oldest commit follows is unknown',
      {
        hint: 'git fetch --unshallow, or say which commit is trusted: --trust-from REV',
      },
    );
  }
  const root = await commitId(repository, trustFrom);
  if (root === null || !(await isForward(repository, root, to))) {
    throw refused('unknown-trust-root', 'the commit to trust from is not in the history', {
      found: trustFrom,
      expected: 'the id of a commit that the new one descends from',
    });
  }
  return [`^${root}`];
}

async function refusedCommits(
  range: SignatureRange,
  revisions: string[],
  signers: Signers,
): Promise<Problem[]> {
  const { repository } = range;
  // A commit-graph file is the repository's word for parents that the commits themselves may not have.
  const config = ['core.commitGraph=false', 'log.showSignature=false'];
  const listed = await git(repository, ['rev-list', ...revisions], { config });
  const commits = listed.split('\n').filter(Boolean);
  const verdicts = await verdictsOf(repository, revisions, [...config, ...signers.config], signers.env);
  const refused = commits.filter((commit) => verdicts.get(commit) !== 'G');
  const problems: Problem[] = [];
  for (const commit of refused.slice(0, SHOWN)) {
    problems.push(await describe(range, commit, verdicts.get(commit) ?? 'E'));
  }
  const more = refused.length - SHOWN;
  if (more > 0) problems.push(problem('more-problems', `${more} more commits without a good signature`));
  return problems;
}

/** git's letter for each commit: %G? of git-log(1). One git for all of them, and nothing in its output is anybody's text. */
async function verdictsOf(
  repository: string,
  revisions: string[],
  config: string[],
  env: Record<string, string>,
): Promise<Map<string, string>> {
  const words = ['log', '--no-color', '--no-patch', '--format=%H %G?', ...revisions];
  const output = await git(repository, words, { config, env, silenceMs: SILENCE_MS });
  const verdicts = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, commit, verdict] = /^([0-9a-f]{40,64}) ([A-Z])$/.exec(line) ?? [];
    if (commit !== undefined && verdict !== undefined) verdicts.set(commit, verdict);
  }
  return verdicts;
}

async function describe({ repository, allowedSigners }: SignatureRange, commit: string, verdict: string) {
  const words = ['show', '--no-patch', '--no-color', '--format=%an%n%s', commit];
  const [author = '', subject = ''] = (await git(repository, words).catch(() => '')).split('\n');
  const { code, what, hint } = meaning(verdict, allowedSigners);
  const whose = `commit ${commit.slice(0, 12)} ${quoted(subject)} by ${quoted(author)}`;
  return problem(code, `${whose} ${what}`, { found: commit, hint });
}

/** The letters of git-log(1), %G?. U is a good signature by a key that the file does not have, as E is for OpenPGP. */
function meaning(verdict: string, file: string): { code: string; what: string; hint: string } {
  switch (verdict) {
    case 'N':
      return {
        code: 'unsigned-commit',
        what: 'is not signed',
        hint: 'sign it (git commit --amend -S), or a history that ends in signed commits only',
      };
    case 'U':
    case 'E':
      return {
        code: 'untrusted-signature',
        what: 'is signed by nobody whom this host trusts',
        hint: `if the signer may, add the key to ${file}`,
      };
    case 'X':
    case 'Y':
      return {
        code: 'expired-signature',
        what: 'has a signature, or a key, that has expired',
        hint: 'sign it anew with a valid key; is the clock of this host right?',
      };
    case 'R':
      return { code: 'revoked-signature', what: 'is signed by a key that was revoked', hint: 'sign it anew' };
    default:
      return {
        code: 'bad-signature',
        what: 'has a signature that does not fit it',
        hint: 'somebody changed it after it was signed: find out who',
      };
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text);
}

function problem(code: string, message: string, more: Partial<Problem> = {}): Problem {
  return { code, severity: 'error', message, source: null, ...more };
}

function refused(code: string, message: string, more: Partial<Problem>): ProblemsError {
  return new ProblemsError([problem(code, message, more)]);
}
