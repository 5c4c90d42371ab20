import type { ResolvedInterface } from '../desired/fleet.ts';
import { formatPath, type Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, guestsOf, placeText } from './problems.ts';

/** No two interfaces of the fleet share a MAC or an id, and no two guests a UUID. */
export function uniqueAddresses({ guests }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  const macs = new Map<string, ResolvedInterface>();
  const ids = new Map<string, ResolvedInterface>();
  const uuids = new Map<string, string>();
  for (const { name, document, interfaces } of guests) {
    const uuid = document.spec.uuid?.toLowerCase();
    const twin = uuid === undefined ? undefined : uuids.get(uuid);
    if (twin !== undefined) {
      const message = `guest ${name} has the UUID of guest ${twin}`;
      problems.push(
        errorAt(document, ['spec', 'uuid'], { code: 'duplicate-uuid', message, found: uuid ?? '' }, [
          document,
          { kind: 'Guest', name: twin },
        ]),
      );
    } else if (uuid !== undefined) {
      uuids.set(uuid, name);
    }

    const own = new Set<string>();
    for (const [index, iface] of interfaces.entries()) {
      if (own.has(iface.name)) continue;
      own.add(iface.name);
      const stated = document.spec.interfaces[index];
      const macTwin = macs.get(iface.mac);
      if (macTwin === undefined) macs.set(iface.mac, iface);
      else problems.push(conflict('mac', 'MAC', iface, iface.mac, index, stated?.mac !== undefined, macTwin));
      // A derived id belongs to names that are unique already: only one that is stated can clash.
      if (iface.statedId === null) continue;
      const idTwin = ids.get(iface.statedId);
      if (idTwin === undefined) ids.set(iface.statedId, iface);
      else problems.push(conflict('id', 'id', iface, iface.statedId, index, true, idTwin));
    }
  }
  return problems;
}

function conflict(
  key: 'mac' | 'id',
  word: string,
  iface: ResolvedInterface,
  value: string,
  index: number,
  stated: boolean,
  other: ResolvedInterface,
): Problem {
  const at = stated ? key : 'name';
  return {
    code: `duplicate-${key}`,
    severity: 'error',
    message: `guest ${iface.guest} ${iface.name} has the ${word} of guest ${other.guest} ${other.name}`,
    source: iface.at([at]),
    path: formatPath(['spec', 'interfaces', index, at]),
    found: value,
    hint: `the other is at ${placeText(other.at([key]))}`,
    about: guestsOf(iface, other),
  };
}
