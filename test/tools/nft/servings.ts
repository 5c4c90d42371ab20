import type { Published, ServedSubnet, Serving } from '../../../src/desired/serving.ts';

const source = { file: 'hosts/h.yaml', line: 1, column: 1 };

type SubnetParts = Partial<Omit<ServedSubnet, 'family' | 'prefix' | 'subnet'>>;

export function subnet(where: string, rest: SubnetParts = {}): ServedSubnet {
  const family = where.includes(':') ? 6 : 4;
  return {
    family,
    subnet: where,
    prefix: Number(where.split('/')[1]),
    gateway: family === 4 ? where.replace(/\.0\/.*/, '.1') : where.replace(/::\/.*/, '::1'),
    dhcp: family === 4 ? { ranges: [], others: [], leaseTime: null, options: [] } : null,
    slaac: family === 6,
    routes: [],
    at: () => source,
    ...rest,
  };
}

/** A network of the name `lab` on `virbr-lab`, with an IPv4 and an IPv6 subnet, until `rest` says otherwise. */
export function serving(forward: Serving['forward'], rest: Partial<Serving> = {}): Serving {
  return {
    network: 'lab',
    link: 'virbr-lab',
    mac: null,
    mtu: null,
    forward,
    device: null,
    nat: { addresses: null, ports: null, ipv6: false },
    hostAccess: false,
    subnets: [subnet('10.20.0.0/24'), subnet('fd00:20::/64')],
    dns: { enabled: true, domain: null, forwarders: [], localOnly: false, records: [] },
    reservations: [],
    published: [],
    at: () => source,
    ...rest,
  };
}

export function published(
  protocol: 'tcp' | 'udp',
  port: number,
  to: number,
  targets: readonly string[],
  address: string | null = null,
): Published {
  return { guest: 'web1', interface: 'eth0', protocol, port, to, address, targets, source };
}
