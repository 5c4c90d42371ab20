import type { HostState } from '../model/host.ts';
import type { Source } from '../model/problem.ts';
import type { Need, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';

/** What this kernel can do, and how it is set now. */
export interface Kernel {
  ipv6: boolean;
  /** `force_forwarding` of one interface, since Linux 6.17. */
  forcesForwarding: boolean;
  /** As read below /proc/sys; null: there is no such setting, or its link does not stand. */
  setting(path: string): string | null;
}

export const IPV4_FORWARD = 'net/ipv4/ip_forward';
const IPV6_FORCE = 'net/ipv6/conf/all/force_forwarding';

export function kernelOf({ services, ipv6 }: HostState): Kernel {
  const setting = (path: string) => services?.sysctls.get(path) ?? null;
  return {
    ipv6: ipv6 !== false,
    forcesForwarding: setting(IPV6_FORCE) !== null,
    setting,
  };
}

export function linkSetting(family: 4 | 6, link: string, name: string): string {
  return `net/ipv${family}/conf/${link}/${name}`;
}

/** Who asks for a setting, and on which link it is, where that is made in this run or may be. */
export interface Asking {
  source: Source;
  network: string;
  needs: Need[];
}

/** The name is its path, so two who ask for the same setting ask for one resource. */
export function sysctl(path: string, value: string, asking: Asking): Wanted<'sysctl'> {
  return {
    kind: 'sysctl',
    id: idOf('sysctl', path),
    name: path,
    spec: { value },
    owner: 'Host',
    guests: [],
    expects: [],
    adopt: false,
    ...asking,
  };
}

/**
 * Of a link that is ours: guests cannot give the host routes or addresses by router advertisements of theirs, and where
 * the network has no IPv6 the host has none on it. `ownIpv6`: it has IPv6 of its own there besides.
 */
export function linkSettings(
  kernel: Kernel,
  link: string,
  ipv6: { served: boolean; own: boolean },
  asking: Omit<Asking, 'needs'>,
): Wanted<'sysctl'>[] {
  if (!kernel.ipv6) return [];
  const needs = [{ id: idOf('link', link), incarnation: true }];
  const set = (name: string, value: string) =>
    sysctl(linkSetting(6, link, name), value, { ...asking, needs });
  const off = ipv6.served ? [set('disable_ipv6', '0')] : ipv6.own ? [] : [set('disable_ipv6', '1')];
  return [...off, set('accept_ra', '0'), set('autoconf', '0')];
}
