import type { Document } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, placeText, unknownName } from './problems.ts';

/** A guest is placed by one document, on hosts that are there; a migration goes from one host to another. */
export function placements(context: CheckContext): Problem[] {
  const { fleet } = context;
  const problems: Problem[] = [];
  for (const document of [...fleet.guests.values(), ...fleet.placements.values()]) {
    const { host, migratingTo } = document.spec;
    problems.push(...unknownStandby(context, document));
    if (host !== undefined && context.isMissing('Host', host)) {
      problems.push(unknownName(context, document, ['spec', 'host'], 'Host', host));
    }
    if (migratingTo === undefined) continue;
    const path = ['spec', 'migratingTo'];
    if (host === undefined) {
      const message = `guest ${document.name} migrates, but is placed nowhere`;
      problems.push(
        errorAt(document, path, { code: 'migrating-from-nowhere', message, expected: 'spec.host beside it' }),
      );
    }
    if (context.isMissing('Host', migratingTo)) {
      problems.push(unknownName(context, document, path, 'Host', migratingTo));
    } else if (migratingTo === host) {
      const message = `guest ${document.name} migrates to the host that it is on`;
      problems.push(
        errorAt(document, path, {
          code: 'migrating-to-itself',
          message,
          found: migratingTo,
          expected: 'another host, or no migratingTo',
        }),
      );
    }
  }
  for (const placement of fleet.placements.values()) {
    const guest = fleet.guests.get(placement.name);
    if (guest === undefined) {
      if (!context.isMissing('Guest', placement.name)) continue;
      problems.push(unknownName(context, placement, ['metadata', 'name'], 'Guest', placement.name));
    } else if (guest.spec.host !== undefined || guest.spec.migratingTo !== undefined) {
      const key = guest.spec.host === undefined ? 'migratingTo' : 'host';
      const message = `guest ${guest.name} is placed by its own document too`;
      const hint = `take host and migratingTo out of the Guest at ${placeText(guest.at(['spec', key]))}, or remove this Placement`;
      problems.push(
        errorAt(placement, ['metadata', 'name'], { code: 'placed-twice', message, hint }, [placement, guest]),
      );
    }
  }
  return problems;
}

function unknownStandby(
  context: CheckContext,
  document: Document<'Guest'> | Document<'Placement'>,
): Problem[] {
  const standby = document.kind === 'Guest' ? (document.spec.standby ?? []) : [];
  return standby.flatMap((name, index) =>
    context.isMissing('Host', name)
      ? [unknownName(context, document, ['spec', 'standby', index], 'Host', name)]
      : [],
  );
}
