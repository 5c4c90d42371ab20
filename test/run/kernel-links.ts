import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import type { Namespace } from '../support/netns.ts';

/** A link as `ip -N -j -d link` shows it: read by the tests themselves, not by the code under test. */
export interface KernelLink {
  ifindex: number;
  ifname: string;
  flags: string[];
  mtu: number;
  master?: string;
  link?: string;
  address?: string;
  ifalias?: string;
  altnames?: string[];
  group?: string | number;
  inet6_addr_gen_mode?: string;
  linkinfo?: {
    info_kind?: string;
    info_data?: Record<string, unknown>;
    info_slave_kind?: string;
    info_slave_data?: Record<string, unknown>;
  };
}

/** All links of the namespace, by name. */
export function readKernel(ns: Pick<Namespace, 'name'>): Record<string, KernelLink> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const { stdout, stderr, status } = spawnSync('ip', ['-n', ns.name, '-N', '-j', '-d', 'link', 'show'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`ip link failed: ${stderr}`);
    if (stderr.includes('interrupted')) continue;
    // iproute2 does not escape control characters.
    const links: KernelLink[] = JSON.parse(stdout.replaceAll('\u001b', '\\u001b'));
    return Object.fromEntries(links.map((link) => [link.ifname, link]));
  }
  throw new Error('the links of the namespace do not come to rest');
}

/** The link, which must stand. */
export function linkOf(links: Record<string, KernelLink>, name: string): KernelLink {
  const link = links[name];
  if (link === undefined) throw new Error(`no link ${name} among ${Object.keys(links).join(' ')}`);
  return link;
}

/** Which links are which: a link that was made anew has another index. */
export function indexes(links: Record<string, KernelLink>): Record<string, number> {
  return Object.fromEntries(Object.entries(links).map(([name, link]) => [name, link.ifindex]));
}

export function isUp(link: KernelLink): boolean {
  return link.flags.includes('UP');
}

export function isOurs(link: KernelLink): boolean {
  return link.ifalias?.startsWith('plumbline:') ?? false;
}

/** A link without what changes while nobody touches it: carrier, offloads, timers, what a bridge has learned. */
export function settled(link: KernelLink): object {
  const { flags, linkinfo: info, ...rest } = link;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !UNSETTLED.test(key))),
    up: isUp(link),
    linkinfo: info && {
      ...info,
      info_data: stable(info.info_data),
      info_slave_data: stable(info.info_slave_data),
    },
  };
}

/** The kernel lets these follow ports, parents, carriers and whoever has a tap open. */
const UNSETTLED = /^(operstate|promiscuity|(gso|gro|tso)_)/;
const RESTLESS =
  /timer|fdb_n_learned|^(pi|vnet_hdr|numqueues|numdisabled)$|topology|state|root_|designated|bridge_id|cost/;

function stable(data: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return (
    data &&
    Object.fromEntries(Object.entries(data).filter(([key]) => key === 'stp_state' || !RESTLESS.test(key)))
  );
}

/** Everything else than `names` is exactly as it was. */
export function expectUntouched(
  before: Record<string, KernelLink>,
  after: Record<string, KernelLink>,
  ...names: string[]
): void {
  const rest = (links: Record<string, KernelLink>) =>
    Object.fromEntries(
      Object.entries(links)
        .filter(([name]) => !names.includes(name))
        .map(([name, link]) => [name, settled(link)]),
    );
  expect(rest(after)).toEqual(rest(before));
}
