import type { Finding } from '../../model/finding.ts';
import { ProblemsError } from '../../model/problem.ts';
import { readSigners } from '../signers.ts';

/**
 * Whether signatures can be verified with this file of allowed signers, as `watch --verify-signatures` does: it can be
 * read, its keys are keys, and the programs that they need are installed. null: signatures are not asked for.
 */
export async function judgeAllowedSigners(file: string | null): Promise<Finding[]> {
  if (file === null) return [];
  try {
    (await readSigners(file)).remove();
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(({ code, message, found, expected, hint }) => ({
      code,
      severity: 'error',
      message: `no commit is applied with --verify-signatures: ${message}`,
      found: found ?? file,
      hint: hint ?? `expected are ${expected ?? 'the keys of those who may sign'}`,
    }));
  }
}
