import { linkOf, readKernel } from '../run/kernel-links.ts';
import type { SiteHost } from './site.ts';

/**
 * What a host has for a guest, in the words of its realisation: null where it has nothing; else the device and whether
 * it is up. Read from the kernel and from OVSDB, not by the code under test.
 */
export interface Plugged {
  /** The NIC of the pool, the bridge, or the bridge of Open vSwitch. */
  into: string;
  up: boolean;
}

export function pluggedIn(host: SiteHost, guest: string): Plugged | null {
  const device = `${guest}-eth0`;
  const links = readKernel(host.ns);
  const link = links[device];
  if (link === undefined) return null;
  const up = link.flags.includes('UP');
  switch (host.realisation) {
    case 'macvtap pool':
      return { into: link.link ?? '', up };
    case 'bridge':
      return { into: linkOf(links, link.master ?? '').ifname, up };
    case 'openvswitch':
      return { into: ovsBridgeOf(host, device), up };
  }
}

/** The guests of each NIC of the pool. */
export function pool(host: SiteHost): Record<string, string[]> {
  const nics: Record<string, string[]> = { eth1: [], eth2: [] };
  for (const link of Object.values(readKernel(host.ns))) {
    if (link.linkinfo?.info_kind === 'macvtap') nics[link.link ?? '']?.push(link.ifname);
  }
  return Object.fromEntries(Object.entries(nics).map(([nic, guests]) => [nic, guests.sort()]));
}

/** With a port that the switch has taken up. */
function ovsBridgeOf({ ovs }: SiteHost, device: string): string {
  if (ovs === null) throw new Error('no Open vSwitch');
  const ofport = Number(ovs.vsctl('get', 'Interface', device, 'ofport').trim());
  return ofport > 0 ? ovs.vsctl('port-to-br', device).trim() : `no bridge (ofport ${ofport})`;
}
