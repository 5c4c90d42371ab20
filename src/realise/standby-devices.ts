import type { HostNetwork, ResolvedInterface } from '../desired/fleet.ts';
import type { Presence } from '../desired/resolve.ts';
import type { LinkState } from '../model/host.ts';
import type { HostFacts } from './realisation.ts';
import { ownLink, stanceOf } from './stance.ts';

interface PoolNetwork {
  network: HostNetwork;
  interfaces: readonly ResolvedInterface[];
}

/**
 * Where the devices stand that take no place: on the device that they have, else where a guest would go that came now.
 * Not on one that a passthrough guest may want for itself.
 */
export function standbyDevices(
  networks: readonly PoolNetwork[],
  {
    entries,
    used,
    facts,
    presence,
  }: {
    entries: ReadonlyMap<string, readonly { link: LinkState | null }[]>;
    used: ReadonlyMap<string, number>;
    facts: HostFacts;
    presence: ReadonlyMap<string, Presence>;
  },
): [string, string][] {
  const linksOf = (network: string) => (entries.get(network) ?? []).flatMap(({ link }) => link ?? []);
  const alone = new Set(
    networks.filter(isExclusive).flatMap(({ network }) => linksOf(network.name).map(({ name }) => name)),
  );
  const count = new Map(used);
  return networks.flatMap((one): [string, string][] => {
    if (isExclusive(one)) return [];
    const pool = linksOf(one.network.name).filter(({ name }) => !alone.has(name));
    return one.interfaces.flatMap((iface): [string, string][] => {
      if (stanceOf(iface, presence, facts).counted) return [];
      const now = ownLink(iface, facts)?.parent ?? null;
      const chosen =
        pool.find(({ name }) => name === now) ??
        [...pool].sort(
          (a, b) =>
            Number(b.carrier) - Number(a.carrier) || (count.get(a.name) ?? 0) - (count.get(b.name) ?? 0),
        )[0];
      if (chosen === undefined) return [];
      count.set(chosen.name, (count.get(chosen.name) ?? 0) + 1);
      return [[iface.key, chosen.name]];
    });
  });
}

function isExclusive({ network: { entry } }: PoolNetwork): boolean {
  return entry.type === 'direct' && entry.mode === 'passthrough';
}
