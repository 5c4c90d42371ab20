import type { Fleet, ResolvedHost } from '../desired/fleet.ts';
import { findHost, givenHere } from '../desired/host.ts';
import type { LinkState } from '../model/host.ts';
import { ProblemsError } from '../model/problem.ts';
import { findDevice } from '../realise/devices.ts';
import type { DeviceName } from '../realise/libvirt-network.ts';
import { readLinks } from '../tools/ip/read.ts';

/**
 * Link names of a host's pool devices: as the documents say where they say a name, else as they are found, for whoever
 * is on that host.
 */
export async function poolNames(
  fleet: Fleet,
  host: ResolvedHost,
  env: NodeJS.ProcessEnv,
): Promise<DeviceName> {
  const references = [...host.networks.values()].flatMap(({ entry }) =>
    entry.type === 'direct' ? entry.pool.map(({ device }) => device) : [],
  );
  const asked = references.some((reference) => nameOf(host, reference) === null);
  const links = asked && isHere(fleet, host, env) ? await linksByName() : null;
  return (reference) => {
    const name = nameOf(host, reference);
    if (name !== null) return { name };
    if (links === null) return { missing: 'what its link is called is known on that host only' };
    const found = findDevice(reference, host, links);
    return 'link' in found ? { name: found.link.name } : found;
  };
}

function nameOf(host: ResolvedHost, reference: string): string | null {
  const match = host.devices[reference]?.match;
  if (match === undefined || match === null) return reference;
  return 'name' in match ? match.name : null;
}

/** Whether this machine says by itself that it is that host. */
function isHere(fleet: Fleet, host: ResolvedHost, env: NodeJS.ProcessEnv): boolean {
  try {
    return findHost(fleet, givenHere(null, env)).host === host.name;
  } catch (error) {
    if (error instanceof ProblemsError) return false;
    throw error;
  }
}

async function linksByName(): Promise<ReadonlyMap<string, LinkState>> {
  return new Map((await readLinks()).map((link) => [link.name, link]));
}
