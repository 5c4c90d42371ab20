import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** The port groups of a network have names of their own, and at most one is the default. */
export function portGroups({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const network of fleet.networks.values()) {
    const names = new Set<string>();
    let standard: string | null = null;
    for (const [index, group] of (network.spec.portGroups ?? []).entries()) {
      const path = ['spec', 'portGroups', index];
      if (names.has(group.name)) {
        const message = `network ${network.name} has two port groups ${group.name}`;
        problems.push(
          errorAt(network, [...path, 'name'], { code: 'duplicate-port-group', message, found: group.name }),
        );
      }
      names.add(group.name);
      if (group.default !== true) continue;
      if (standard !== null) {
        const message = `network ${network.name} has two default port groups, ${standard} and ${group.name}`;
        problems.push(
          errorAt(network, [...path, 'default'], {
            code: 'two-default-port-groups',
            message,
            expected: 'one',
          }),
        );
      }
      standard ??= group.name;
    }
  }
  return problems;
}
