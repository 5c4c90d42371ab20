import type { Fleet, ResolvedHost } from '../desired/fleet.ts';
import { guestsOn, presenceOn } from '../desired/resolve.ts';
import type { LinkState } from '../model/host.ts';
import { guestOfOwner, isReleased, linkMark } from '../model/mark.ts';
import { compareNatural } from '../model/order.ts';
import type { Held } from '../model/resource.ts';
import { findHolders, type GuestDevice, processName } from '../tools/holders.ts';
import type { DeviceStatus } from './words.ts';

/** A guest device that stands, or that the documents ask for. */
interface Device extends Pick<DeviceStatus, 'guest' | 'interface' | 'network' | 'device' | 'waits'> {
  /** Ours, by its mark. */
  link: LinkState | null;
}

/**
 * Each guest device of this host with its holder: those that the documents ask for, and those that stand of guests that
 * have gone elsewhere (`network` null). One scan of /proc for all. `links` were read in this moment.
 */
export async function readDevices(
  desired: { fleet: Fleet; host: ResolvedHost } | null,
  links: readonly LinkState[],
): Promise<DeviceStatus[]> {
  const devices = listDevices(desired, links);
  const held = await findHolders(devices.flatMap(({ link }) => (link === null ? [] : scannable(link))));
  return devices.map(({ link, ...device }) => {
    const holder = link === null ? null : (held.get(link.name) ?? null);
    return { ...device, held: holder, holders: namesOf(holder) };
  });
}

/** The guests that have a device of ours here. */
export function standingGuests(links: readonly LinkState[]): string[] {
  return links.flatMap((link) => {
    const mark = linkMark(link);
    return mark.is === 'ours' ? (guestOfOwner(mark.owner)?.guest ?? []) : [];
  });
}

function listDevices(
  desired: { fleet: Fleet; host: ResolvedHost } | null,
  links: readonly LinkState[],
): Device[] {
  const standing = new Map<string, { link: LinkState; guest: string; iface: string }>();
  for (const link of links) {
    const mark = linkMark(link);
    const owner = mark.is === 'ours' ? guestOfOwner(mark.owner) : null;
    if (owner !== null) standing.set(link.name, { link, ...owner });
  }
  const devices: Device[] = [];
  const guests = desired === null ? [] : guestsOn(desired.fleet, desired.host.name);
  const standby = new Set(
    guests.flatMap((one) => (presenceOn(one, desired?.host.name ?? '') === 'standby' ? [one.name] : [])),
  );
  for (const { guest, name, network, device } of guests.flatMap(({ interfaces }) => interfaces)) {
    const found = standing.get(device);
    const own = found?.guest === guest && found.iface === name;
    if (own) standing.delete(device);
    const link = own ? found.link : null;
    devices.push({ guest, interface: name, network, device, link, ...waitsAs(link, standby.has(guest)) });
  }
  for (const [device, { link, guest, iface }] of standing) {
    devices.push({ guest, interface: iface, network: null, device, link, ...waitsAs(link, false) });
  }
  return devices.sort((a, b) => compareNatural(a.guest, b.guest) || compareNatural(a.interface, b.interface));
}

function waitsAs(link: LinkState | null, standby: boolean): Pick<DeviceStatus, 'waits'> {
  if (link !== null && isReleased(link.group)) return { waits: 'released' };
  return standby && link?.up !== true ? { waits: 'standby' } : {};
}

function scannable(link: LinkState): GuestDevice[] {
  const { name, index, up, carrier, tap, macvtap } = link;
  if (tap === null && macvtap === null) return [];
  return [{ name, index, up, carrier, type: tap === null ? 'macvtap' : 'tap' }];
}

function namesOf(held: Held | null): Record<number, string> {
  const names: Record<number, string> = {};
  if (held?.is !== 'held') return names;
  for (const pid of held.pids) {
    const name = processName(pid);
    if (name !== null) names[pid] = name;
  }
  return names;
}
