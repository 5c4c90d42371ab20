import type { ResolvedGuest, ResolvedHost } from '../desired/fleet.ts';
import { placesOf } from '../desired/served-guests.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, unknownAmong, unknownName } from './problems.ts';

/** A guest's networks and port groups are declared, and each host that it is on, migrates to or stands by on realises its networks. */
export function guestReferences(context: CheckContext): Problem[] {
  return context.guests.flatMap((guest) => [...declared(context, guest), ...realised(context, guest)]);
}

function declared(context: CheckContext, { document }: ResolvedGuest): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { network, portGroup }] of document.spec.interfaces.entries()) {
    const path = ['spec', 'interfaces', index];
    if (context.isMissing('Network', network)) {
      problems.push(unknownName(context, document, [...path, 'network'], 'Network', network));
    }
    const groups = context.fleet.networks.get(network)?.spec.portGroups;
    const isThere = groups?.some((group) => group.name === portGroup);
    if (portGroup === undefined || !context.fleet.networks.has(network) || isThere) continue;
    const known = (groups ?? []).map((group) => group.name);
    const finding = unknownAmong('port group', portGroup, known);
    const message = `network ${network} has no port group ${portGroup}`;
    problems.push(errorAt(document, [...path, 'portGroup'], { ...finding, message }));
  }
  return problems;
}

function realised(context: CheckContext, guest: ResolvedGuest): Problem[] {
  const problems: Problem[] = [];
  for (const name of new Set([...placesOf(guest), ...guest.standby])) {
    const host = context.hosts.get(name);
    if (host === undefined || hasBrokenClass(context, host)) continue;
    for (const [index, { network }] of guest.document.spec.interfaces.entries()) {
      if (host.networks.has(network) || !context.fleet.networks.has(network)) continue;
      const known = [...host.networks.keys()];
      problems.push(
        errorAt(guest.document, ['spec', 'interfaces', index, 'network'], {
          code: 'network-not-realised',
          message: `guest ${guest.name} ${placeWords(guest, name)} ${name}, which does not realise ${network}`,
          found: network,
          expected:
            known.length === 0 ? `${name} to realise it` : `one that ${name} realises: ${known.join(', ')}`,
          hint: `add ${network} to the networks of host ${name} or of one of its classes`,
        }),
      );
    }
  }
  return problems;
}

function placeWords({ host, migratingTo, claimedOn }: ResolvedGuest, name: string): string {
  if (name === host) return 'is placed on';
  if (name === migratingTo) return 'is migrating to';
  return name === claimedOn ? 'is claimed on' : 'stands by on';
}

/** A class that could not be read may realise what seems to be missing. */
function hasBrokenClass({ fleet }: CheckContext, host: ResolvedHost): boolean {
  return (host.document.spec.classes ?? []).some((name) => !fleet.classes.has(name));
}
