import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, unknownName } from './problems.ts';

/** Networks that a host or class realises are declared, and the classes of a host are there, each named once. */
export function hostReferences(context: CheckContext): Problem[] {
  const { fleet } = context;
  const problems: Problem[] = [];
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const network of Object.keys(document.spec.networks ?? {})) {
      if (!context.isMissing('Network', network)) continue;
      problems.push(unknownName(context, document, ['spec', 'networks', network], 'Network', network));
    }
  }
  for (const host of fleet.hosts.values()) {
    const seen = new Set<string>();
    for (const [index, name] of (host.spec.classes ?? []).entries()) {
      const path = ['spec', 'classes', index];
      if (context.isMissing('HostClass', name)) {
        problems.push(unknownName(context, host, path, 'HostClass', name));
      } else if (seen.has(name)) {
        problems.push(
          errorAt(host, path, {
            code: 'duplicate-class',
            message: `class ${name} is named twice`,
            found: name,
          }),
        );
      }
      seen.add(name);
    }
  }
  return problems;
}
