import { isDeepStrictEqual } from 'node:util';
import type { Document } from '../desired/fleet.ts';
import { classesOf } from '../desired/resolve.ts';
import type { Path, Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, placeText } from './problems.ts';

/** Two classes of one host say the same of what both define, unless the host's own document decides. */
export function classesAgree({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  // Hosts with the same classes conflict alike; each pair of entries is compared once.
  const compared = new Map<unknown, Map<unknown, boolean>>();
  for (const host of fleet.hosts.values()) {
    const defined = new Map<string, { value: unknown; by: Document<'HostClass'>; path: Path }>();
    for (const layer of classesOf(fleet, host)) {
      for (const { key, value, path, own } of shared(layer, host)) {
        const first = defined.get(key);
        if (own) continue;
        if (first === undefined) defined.set(key, { value, by: layer, path });
        else if (!equal(first.value, value, compared)) {
          const index = (host.spec.classes ?? []).indexOf(layer.name);
          problems.push(
            errorAt(host, ['spec', 'classes', index], {
              code: 'class-conflict',
              message: `the classes ${first.by.name} and ${layer.name} define ${key} differently`,
              found: `${placeText(first.by.at(first.path))} and ${placeText(layer.at(path))}`,
              expected: 'one definition',
              hint: `let host ${host.name} define it itself, or drop one of the classes`,
            }),
          );
        }
      }
    }
  }
  return problems;
}

function shared(
  layer: Document<'HostClass'>,
  host: Document<'Host'>,
): { key: string; value: unknown; path: Path; own: boolean }[] {
  const { networks } = layer.spec;
  const all = Object.entries(networks ?? {}).map(([name, value]) => ({
    key: `network ${name}`,
    value: value as unknown,
    path: ['spec', 'networks', name],
    own: Object.hasOwn(host.spec.networks ?? {}, name),
  }));
  for (const key of ['guestDevices', 'safety'] as const) {
    if (layer.spec[key] === undefined) continue;
    const own = host.spec[key] !== undefined;
    all.push({ key, value: layer.spec[key], path: ['spec', key], own });
  }
  return all;
}

function equal(a: unknown, b: unknown, compared: Map<unknown, Map<unknown, boolean>>): boolean {
  const known = compared.get(a) ?? new Map<unknown, boolean>();
  compared.set(a, known);
  const answer = known.get(b) ?? isDeepStrictEqual(a, b);
  known.set(b, answer);
  return answer;
}
