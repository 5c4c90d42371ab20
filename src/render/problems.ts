import type { Problem } from '../model/problem.ts';

/** Stand-in until the real one is written. */
export async function renderProblems(
  problems: readonly Problem[],
  _style: { color: boolean },
): Promise<string> {
  return problems.map((p) => `${p.severity}[${p.code}] ${p.message}\n`).join('');
}
