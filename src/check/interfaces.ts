import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** The interfaces of a guest have names of their own. */
export function interfaces({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const guest of fleet.guests.values()) {
    const names = new Set<string>();
    for (const [index, { name }] of guest.spec.interfaces.entries()) {
      if (names.has(name)) {
        const message = `guest ${guest.name} has two interfaces ${name}`;
        const path = ['spec', 'interfaces', index, 'name'];
        problems.push(errorAt(guest, path, { code: 'duplicate-interface', message, found: name }));
      }
      names.add(name);
    }
  }
  return problems;
}
