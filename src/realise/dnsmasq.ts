import type { Serving } from '../desired/serving.ts';
import type { ServiceSpec } from '../model/specs.ts';
import { dhcpLines, reservationLines } from './dnsmasq-dhcp.ts';
import { dnsLines, hostLines } from './dnsmasq-dns.ts';

export interface ServiceFacts {
  /** The link's name on this host. */
  link: string;
  /** What guests are told, in bytes; null for nothing. */
  mtu: number | null;
}

/**
 * The dnsmasq that does what a host does for a network; null where it has nothing to do. It depends on the documents
 * alone: the same on every host that serves the same, and unchanged as long as they are.
 */
export function dnsmasqSpec(serving: Serving, { link, mtu }: ServiceFacts): ServiceSpec | null {
  // Without an address on its link it hears nobody; one that is not ours has its own.
  if (serving.mac !== null && serving.subnets.every(({ gateway }) => gateway === null)) return null;
  const dhcp = dhcpLines(serving, link, mtu);
  if (dhcp.length === 0 && !serving.dns.enabled) return null;
  return {
    link,
    config: [
      // Never an open resolver: what comes in by another link is not answered, whatever address it is for (CVE-2012-3411).
      'bind-dynamic',
      `interface=${link}`,
      'except-interface=lo',
      // The host's own names are not the network's.
      'no-hosts',
      ...dnsLines(serving),
      ...dhcp,
    ],
    reservations: dhcp.length === 0 ? [] : reservationLines(serving),
    hosts: hostLines(serving),
    running: true,
  };
}
