import type { SysctlWrite } from '../../model/step.ts';
import type { DraftStep } from '../kind.ts';

/**
 * What a link of the host's own on a network of guests is told before it goes up: by router advertisements nobody gives
 * the host routes or addresses there. Addresses of its own it takes without asking for duplicates: with the gateway's
 * MAC, which is the network's, each host that serves the segment makes itself the same link-local address.
 */
export function quietStep(link: string): DraftStep {
  const writes = ['accept_ra', 'autoconf', 'accept_dad'].map((name) => linkSetting(link, name, '0'));
  return { word: 'quiet', tool: 'sysctl', writes };
}

/**
 * A link-local address for a link that is up. By itself the kernel makes one only when the link has a carrier, which a
 * bridge gets with its first guest, and netlink's word for it takes effect at the next `up`, which costs all other IPv6
 * addresses. It makes one at once when this setting changes (addrconf_sysctl_addr_gen_mode, net/ipv6/addrconf.c), hence
 * first to what it is not to be; but only while the link may have IPv6, which new links of many hosts may not.
 */
export function linkLocalStep(link: string): DraftStep {
  const writes = [
    linkSetting(link, 'disable_ipv6', '0'),
    linkSetting(link, 'accept_dad', '0'),
    linkSetting(link, 'addr_gen_mode', '1'),
    linkSetting(link, 'addr_gen_mode', '0'),
  ];
  return { word: 'link-local', tool: 'sysctl', writes };
}

/** Without IPv6 in the kernel, or with an MTU too small for it, there is nothing to be told. */
export function linkSetting(link: string, name: string, value: string): SysctlWrite {
  return { path: `net/ipv6/conf/${link}/${name}`, value, optional: true };
}
