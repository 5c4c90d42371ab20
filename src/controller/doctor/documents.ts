import type { Finding } from '../../model/finding.ts';
import type { Problem } from '../../model/problem.ts';
import { directoryWord, shellLine } from '../../model/shell.ts';

/** What stands in the way of judging by the documents. `there`: whether the directory is. Null when nothing does. */
export function judgeDocuments(
  directory: string,
  there: boolean,
  problems: readonly Problem[],
): Finding | null {
  if (!there) {
    return {
      code: 'documents-missing',
      severity: 'warning',
      message: 'there are no documents here, so this host is judged only by what stands on it',
      found: `no directory ${directory}`,
      hint: 'give the desired directory: plumbline doctor DIR',
    };
  }
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return null;
  const more = errors.length === 1 ? '' : `, and ${errors.length - 1} more`;
  return {
    code: 'documents-unusable',
    severity: 'error',
    message: 'the documents cannot be applied here, so no change of theirs reaches a guest',
    found: `${first.source === null ? '' : `${first.source.file}:${first.source.line}: `}${first.message}${more}`,
    hint:
      first.source === null && first.hint !== undefined
        ? first.hint
        : shellLine(['plumbline', 'check', directoryWord(directory)]),
  };
}
