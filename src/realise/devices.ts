import type { ResolvedHost } from '../desired/fleet.ts';
import type { LinkState } from '../model/host.ts';

/** Kinds of links that take another's address, and so are never what a MAC in a document means. */
const BORROWED_ADDRESS = new Set(['bridge', 'macvtap', 'macvlan', 'ipvlan', 'ipvtap', 'tun', 'vlan', 'bond']);

export type Found = { link: LinkState } | { missing: string };

/** The MAC by which a device reference is found, as links show it; null where it is found by something else. */
export function matchedMac(reference: string, host: ResolvedHost): string | null {
  const match = host.devices[reference]?.match;
  return match && 'mac' in match ? match.mac.toLowerCase().replaceAll('-', ':') : null;
}

/**
 * The link that a device reference of this host's documents means: a name from `devices`, or a link's own. `lent` are
 * links that have a MAC without showing it, by that MAC (see `lentDevices`).
 */
export function findDevice(
  reference: string,
  host: ResolvedHost,
  links: ReadonlyMap<string, LinkState>,
  lent?: ReadonlyMap<string, LinkState>,
): Found {
  const match = host.devices[reference]?.match ?? { name: reference };
  if ('name' in match) {
    const link = links.get(match.name);
    return link === undefined ? { missing: `no link is named ${match.name}` } : { link };
  }
  const mac = matchedMac(reference, host);
  const found = [...links.values()].filter((link) =>
    'altname' in match
      ? link.altnames.includes(match.altname)
      : !BORROWED_ADDRESS.has(link.type) && (link.permanentMac ?? link.mac)?.toLowerCase() === mac,
  );
  const [shown, ...others] = found;
  const link = shown ?? lent?.get(mac ?? '');
  const what = 'altname' in match ? `the altname ${match.altname}` : `the permanent MAC ${match.mac}`;
  if (link === undefined) return { missing: `no link has ${what}` };
  if (others.length > 0) return { missing: `${found.map((l) => l.name).join(' and ')} all have ${what}` };
  return { link };
}
