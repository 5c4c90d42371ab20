import { type Finding, someOf } from '../../model/finding.ts';
import { matchLink } from './link-match.ts';
import { serviceState } from './services.ts';
import type { Subject } from './subjects.ts';
import { lastValue, readNetworkFiles, type UnitFile } from './unit-files.ts';

export interface MacPolicyFacts {
  /** Whether udev sets up the links of this network namespace. */
  udev: boolean;
  /** systemd.link files, in the order in which the first that matches wins. */
  files: readonly UnitFile[];
}

export function readMacPolicy(root: string): MacPolicyFacts {
  const udev = serviceState('systemd-udevd', root) === 'running';
  return { udev, files: udev ? readNetworkFiles('.link', root) : [] };
}

/**
 * A MACAddressPolicy that fits links of ours whose address is not given at creation: the kernel marks such an address
 * as random (NET_ADDR_RANDOM, linux/netdevice.h), and only those does udev replace.
 */
export function judgeMacPolicy({ udev, files }: MacPolicyFacts, subjects: readonly Subject[]): Finding[] {
  if (!udev) return [];
  const hit = new Map<UnitFile, Subject[]>();
  for (const subject of subjects) {
    if (!isAtRisk(subject)) continue;
    const file = files.find(({ sections }) => matchLink(sections, subject) === 'yes');
    const policy = file === undefined ? null : lastValue(file.sections, 'Link', 'MACAddressPolicy');
    if (file === undefined || (policy !== 'persistent' && policy !== 'random')) continue;
    hit.set(file, [...(hit.get(file) ?? []), subject]);
  }
  return [...hit].map(([file, links]) => {
    const names = someOf(links.map(({ name }) => name));
    const policy = lastValue(file.sections, 'Link', 'MACAddressPolicy');
    return {
      code: 'mac-policy',
      severity: 'warning',
      message: `udev gives ${names} an address of its own when made: on a bridge its neighbours then look for the old one, and for a moment two programs set it`,
      found: `MACAddressPolicy=${policy} in ${file.path}`,
      hint:
        `/etc/systemd/network/10-plumbline.link with [Match] Kind=${[...new Set(links.map(({ type }) => type))].join(' ')}` +
        ' and [Link] MACAddressPolicy=none; then udevadm control --reload',
    };
  });
}

/** Bridges and macvtaps are made with their address; `ip tuntap add` takes none, so it is set a moment later. */
function isAtRisk({ role, type, mac }: Subject): boolean {
  return role !== 'uplink' && (type === 'tun' || mac === null);
}
