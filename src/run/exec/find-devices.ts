import type { ResolvedInterface } from '../../desired/fleet.ts';
import type { LinkState } from '../../model/host.ts';
import { guestOwner, isReleased, linkMark } from '../../model/mark.ts';
import type { StandingDevice } from './hand-over.ts';

/** What stands for an interface, or in words why it cannot be used. */
export type FoundDevice = { ok: true; device: StandingDevice; link: LinkState } | { ok: false; why: string };

/** Looks for the guest's own device among the links of this host: by name, ours, and of a kind that a guest plugs into. */
export function findDevice(iface: ResolvedInterface, links: readonly LinkState[]): FoundDevice {
  const no = (why: string): FoundDevice => ({ ok: false, why: `${iface.name}: ${why}` });
  const link = links.find(({ name }) => name === iface.device);
  if (link === undefined) return no(`there is no device ${iface.device} on this host`);
  const kind = kindOf(link);
  if (kind === null) return no(`${iface.device} is neither a macvtap nor a tap, but of type ${link.type}`);
  const mark = linkMark(link);
  const owner = guestOwner(iface.guest, iface.name);
  if (mark.is !== 'ours') return no(`the link ${iface.device} here is not of Plumbline's making`);
  if (mark.owner !== owner) return no(`the link ${iface.device} here belongs to ${mark.owner}`);
  if (link.tap !== null && link.tap.multiQueue !== iface.queues > 1) {
    return no(
      `${iface.device} is a tap ${link.tap.multiQueue ? 'for several queues' : 'of one queue'}, and the guest is to have ${iface.queues}`,
    );
  }
  const { index, name: device } = link;
  const { name, mac, queues } = iface;
  return { ok: true, link, device: { iface: name, mac, device, index, kind, queues } };
}

function kindOf(link: LinkState): StandingDevice['kind'] | null {
  if (link.type === 'macvtap') return 'macvtap';
  return link.tap?.mode === 'tap' ? 'tap' : null;
}

/** Whether the device is as a guest that runs here needs it: up, and not let go of. */
export function isReady({ up, group }: LinkState): boolean {
  return up && !isReleased(group);
}
