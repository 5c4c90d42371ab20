import { guestOfOwner, linkMark } from '../../model/mark.ts';
import { isObject, type JsonObject, numberAt, objectAt, textAt } from '../json.ts';
import { readDump } from './dump.ts';
import { parseGroup } from './group.ts';

/** What went one way over a link since it was made. */
export interface Traffic {
  bytes: number;
  packets: number;
  errors: number;
  drops: number;
}

/** Traffic of a guest device, named as the guest sees it: what it received, and what it sent. */
export interface GuestTraffic {
  device: string;
  guest: string;
  interface: string;
  received: Traffic;
  sent: Traffic;
}

/** The counters of all guest devices of ours, by one process. Throws ReadFailed and ToolMissing. */
export async function readGuestTraffic(): Promise<GuestTraffic[]> {
  return parseGuestTraffic(await readDump(['-d', '-s', 'link', 'show']));
}

/**
 * What `ip -N -j -d -s link show` printed. A macvtap counts as a NIC does, and the guest is what stands behind that NIC:
 * it received what the link received. A tap is the other end of the guest's cable: the host transmits what the guest
 * receives, and counts it when it is read (drivers/net/tun.c).
 */
export function parseGuestTraffic(json: unknown): GuestTraffic[] {
  return (Array.isArray(json) ? json : []).filter(isObject).flatMap((entry) => {
    const kind = textAt(objectAt(entry, 'linkinfo'), 'info_kind');
    const device = textAt(entry, 'ifname');
    if (device === null || (kind !== 'tun' && kind !== 'macvtap')) return [];
    const mark = linkMark({
      name: device,
      alias: textAt(entry, 'ifalias'),
      group: parseGroup(entry),
      type: kind,
    });
    const owner = mark.is === 'ours' ? guestOfOwner(mark.owner) : null;
    if (owner === null) return [];
    const counters = objectAt(entry, 'stats64');
    const rx = traffic(objectAt(counters, 'rx'));
    const tx = traffic(objectAt(counters, 'tx'));
    const [received, sent] = kind === 'tun' ? [tx, rx] : [rx, tx];
    return [{ device, guest: owner.guest, interface: owner.iface, received, sent }];
  });
}

function traffic(counters: JsonObject): Traffic {
  return {
    bytes: numberAt(counters, 'bytes') ?? 0,
    packets: numberAt(counters, 'packets') ?? 0,
    errors: numberAt(counters, 'errors') ?? 0,
    drops: numberAt(counters, 'dropped') ?? 0,
  };
}
