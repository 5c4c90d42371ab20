import type { Fleet } from '../desired/fleet.ts';
import { resolveHost } from '../desired/resolve.ts';

/** The host on which there is most to see: of the most types of realisation, the first by name on a tie; null of none. */
export function showcaseHost(fleet: Fleet): string | null {
  let best: { name: string; types: number } | null = null;
  for (const name of fleet.hosts.keys()) {
    const networks = [...(resolveHost(fleet, name)?.networks.values() ?? [])];
    const types = new Set(networks.map(({ entry }) => entry.type)).size;
    if (best === null || types > best.types) best = { name, types };
  }
  return best?.name ?? null;
}
