import type { ServedSubnet, Serving } from '../../src/desired/serving.ts';

/** A Serving of one subnet with DHCP, as far as `rest` does not say otherwise. */
export function makeServing(rest: Partial<Serving> = {}): Serving {
  return {
    network: 'lab',
    link: 'virbr-lab',
    mac: '5a:00:00:00:00:01',
    mtu: null,
    forward: 'nat',
    device: null,
    nat: { addresses: null, ports: null, ipv6: false },
    hostAccess: false,
    subnets: [makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp: makeDhcp('10.20.0.100-10.20.0.199') })],
    dns: { enabled: true, domain: 'red.example', forwarders: [], localOnly: true, records: [] },
    reservations: [],
    published: [],
    at: () => ({ file: 'hosts/a.yaml', line: 1, column: 1 }),
    ...rest,
  };
}

export function makeSubnet(
  subnet: string,
  gateway: string | null,
  rest: Partial<ServedSubnet> = {},
): ServedSubnet {
  return {
    family: subnet.includes(':') ? 6 : 4,
    subnet,
    prefix: Number(subnet.split('/')[1]),
    gateway,
    dhcp: null,
    slaac: false,
    routes: [],
    at: () => ({ file: 'networks/a.yaml', line: 1, column: 1 }),
    ...rest,
  };
}

/** Ranges as documents write them. */
export function makeDhcp(...ranges: string[]): NonNullable<ServedSubnet['dhcp']> {
  return {
    ranges: ranges.map((range) => {
      const [first = '', last = ''] = range.split('-');
      return { first, last };
    }),
    others: [],
    leaseTime: null,
    options: [],
  };
}
