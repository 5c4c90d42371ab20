import type { ResolvedHost } from './fleet.ts';

/**
 * What a reference to a device means, as far as documents tell: two references with one identity are the same link.
 * `name:eth2`, `mac:…` or `altname:…`; a device without a match is the link of its own name.
 */
export function deviceIdentity(host: Pick<ResolvedHost, 'devices'>, reference: string): string {
  const match = Object.hasOwn(host.devices, reference) ? host.devices[reference]?.match : null;
  if (!match) return `name:${reference}`;
  if ('mac' in match) return `mac:${match.mac}`;
  return 'altname' in match ? `altname:${match.altname}` : `name:${match.name}`;
}

/** Guests of all networks together that a device may have; null for no limit. */
export function deviceCapacity(host: Pick<ResolvedHost, 'devices'>, identity: string): number | null {
  let least: number | null = null;
  for (const [name, { maxGuests }] of Object.entries(host.devices)) {
    if (maxGuests === null || deviceIdentity(host, name) !== identity) continue;
    least = least === null ? maxGuests : Math.min(least, maxGuests);
  }
  return least;
}
