import { onTestFinished } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { createNamespace, type Namespace, until } from '../support/netns.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';

/** A host whose own addresses are on `eth0`, behind which a router in a namespace of its own answers. */
export interface AddressHost extends KernelHost {
  router: Namespace;
  /** Addresses, routes and names of a link, as they are to be again after a round trip. */
  own(link: string): { addresses: { local?: unknown }[]; routes: string[] };
}

/** IPv4 with a secondary address, IPv6, a default route with a metric, other tables, a route of its own source and MTU. */
const ADDRESSES = `
addr add 192.0.2.7/24 brd 192.0.2.255 dev eth0
addr add 192.0.2.8/24 dev eth0 label eth0:1
addr add 198.51.100.7 peer 198.51.100.1/32 dev eth0 metric 70
addr add 2001:db8::7/64 dev eth0
addr add 2001:db8::8/64 dev eth0 preferred_lft 0
route add 0.0.0.0/0 via 192.0.2.1 dev eth0 metric 100
route add 10.0.0.0/8 via 192.0.2.1 dev eth0 src 192.0.2.8 proto static mtu 1400
route add 0.0.0.0/0 via 192.0.2.1 dev eth0 table 77
route add 203.0.113.9/32 dev eth0 table 77 metric 5
route add 203.0.113.0/24 via 203.0.113.9 dev eth0 table 77 onlink
route add ::/0 via 2001:db8::1 dev eth0 metric 50
route add 2001:db8:1::/48 via 2001:db8::1 dev eth0 table 77
`;

export async function addressHost(): Promise<AddressHost> {
  const host = await kernelHost({ nics: ['eth1'] });
  const router = createNamespace();
  onTestFinished(() => router.remove());
  for (const { exec } of [host.ns, router]) {
    // Looking for duplicates takes seconds on a machine that is busy with links.
    exec('sh', '-c', 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad');
  }
  host.ns.ip(`link add name eth0 type veth peer name far-eth0 netns ${router.name}\nlink set dev eth0 up\n`);
  router.ip(
    'link set dev lo up\nlink set dev far-eth0 up\naddr add 192.0.2.1/24 dev far-eth0\naddr add 2001:db8::1/64 dev far-eth0\n',
  );
  host.ns.ip(ADDRESSES);
  await until('no address is tentative', () =>
    [host.ns, router].every(({ exec }) => !exec('ip', '-6', 'addr', 'show').includes('tentative')),
  );
  return { ...host, router, own: (link) => ownOf(host.ns, link) };
}

/** What the host's documents say; `rest` is added to the realisation. */
export function movingHost(rest: object = {}): SpecOf<'Host'> {
  return {
    safety: { probes: [{ ping: '192.0.2.1' }] },
    networks: {
      lan: { type: 'bridge', bridge: 'br0', manage: true, uplinks: ['eth0'], moveAddresses: true, ...rest },
    },
  };
}

/** INFINITY_LIFE_TIME of net/addrconf.h. */
const FOREVER = 0xffffffff;

/**
 * Lifetimes and the order of equals aside, as `ip` prints them. Who made an address, which iproute2 tells since 6.3, does
 * not go along: of a link-local one it was the kernel.
 */
function ownOf(ns: Namespace, link: string): { addresses: { local?: unknown }[]; routes: string[] } {
  const [shown]: { addr_info: Record<string, unknown>[] }[] = JSON.parse(
    ns.exec('ip', '-j', 'addr', 'show', 'dev', link),
  );
  // A lifetime runs down meanwhile: only whether it is one is to stay.
  const finite = (seconds: unknown) => typeof seconds === 'number' && seconds > 0 && seconds < FOREVER;
  const addresses = (shown?.addr_info ?? []).map(({ label, local, ...info }) => ({
    ...info,
    valid_life_time: finite(info.valid_life_time) ? 'finite' : info.valid_life_time,
    preferred_life_time: finite(info.preferred_life_time) ? 'finite' : info.preferred_life_time,
    local,
    label: typeof label === 'string' ? label.replace(link, '') : '',
    protocol: undefined,
  }));
  const routes = ['-4', '-6'].flatMap((family) =>
    ns
      .exec('ip', '-N', family, 'route', 'show', 'table', 'all', 'dev', link)
      .split('\n')
      .map((line) => line.replaceAll(' linkdown', '').trim())
      .filter((line) => line !== '' && !line.includes('fe80::') && !line.includes('ff00::/8')),
  );
  return { addresses, routes: routes.sort() };
}
