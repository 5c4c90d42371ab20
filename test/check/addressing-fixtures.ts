import type { Fixture } from './fixtures.ts';
import {
  guest,
  kvmC,
  lab,
  lab4,
  labDhcp,
  labDns,
  onRed,
  options6,
  subnet,
  V4,
  virtual,
  withOptions,
} from './served-fleet.ts';

const ADDRESSING = 'Network-lab spec.addressing';
const DNS = 'Network-lab spec.dns';
const ADDRESS = 'Guest-x spec.interfaces[0].addresses[0]';

/** What networks and guests can say wrong of addresses. */
export const ADDRESSING_FIXTURES: Fixture[] = [
  // Subnets
  {
    code: 'unusable-subnet',
    with: 'Network bare: { addressing: [{ subnet: 169.254.3.0/24 }] }',
    at: 'Network-bare spec.addressing[0].subnet',
    found: '169.254.3.0/24',
  },
  {
    code: 'unusable-subnet',
    with: 'Network bare: { addressing: [{ subnet: "fe80::/64" }] }',
    at: 'Network-bare spec.addressing[0].subnet',
  },
  // It holds what is unusable.
  {
    code: 'unusable-subnet',
    with: 'Network bare: { addressing: [{ subnet: 0.0.0.0/0 }] }',
    at: 'Network-bare spec.addressing[0].subnet',
  },
  {
    code: 'subnet-too-small',
    with: 'Network bare: { addressing: [{ subnet: 10.9.0.0/31 }] }',
    at: 'Network-bare spec.addressing[0].subnet',
    found: '/31',
  },
  {
    code: 'subnet-too-small',
    with: 'Network bare: { addressing: [{ subnet: "fd00:9::/127" }] }',
    at: 'Network-bare spec.addressing[0].subnet',
  },
  {
    code: 'mtu-too-small',
    with: 'Network bare: { mtu: 1279, addressing: [{ subnet: 10.9.0.0/24 }, { subnet: "fd00:9::/64" }, { subnet: "fd00:a::/64" }] }',
    at: 'Network-bare spec.mtu',
    found: '1279',
  },
  {
    code: 'subnet-overlap',
    with: 'Network bare: { addressing: [{ subnet: 10.9.0.0/16 }, { subnet: 10.9.3.0/24 }] }',
    at: 'Network-bare spec.addressing[1].subnet',
    hint: /Network-bare\.yaml:4/,
  },
  {
    code: 'subnet-overlap',
    with: 'Network bare: { addressing: [{ subnet: "fd00:9::/64" }, { subnet: "fd00:9::/48" }] }',
    at: 'Network-bare spec.addressing[1].subnet',
    found: 'fd00:9::/48',
  },
  // Gateways
  {
    code: 'gateway-outside-subnet',
    with: V4 + lab4('gateway: 10.21.0.1'),
    at: `${ADDRESSING}[0].gateway`,
    found: '10.21.0.1',
  },
  {
    code: 'gateway-outside-subnet',
    with: V4 + lab4('gateway: "fd00:20::1"'),
    at: `${ADDRESSING}[0].gateway`,
  },
  { code: 'reserved-address', with: V4 + lab4('gateway: 10.20.0.0'), at: `${ADDRESSING}[0].gateway` },
  { code: 'reserved-address', with: V4 + lab4('gateway: 10.20.0.255'), at: `${ADDRESSING}[0].gateway` },
  {
    code: 'reserved-address',
    with:
      V4 +
      lab(
        subnet('10.20.0.0/24', '10.20.0.1', 'slaac: false'),
        subnet('"fd00::/64"', '"fd00::"', 'slaac: true'),
      ),
    at: `${ADDRESSING}[1].gateway`,
  },
  ...[
    ['10.9.0.0/24', 'dhcp', '{}'],
    ['"fd00:9::/64"', 'slaac', 'true'],
    ['10.9.0.0/24', 'routes', '[{ to: 10.8.0.0/16, via: 10.9.0.9 }]'],
  ].map(([prefix, key, value]) => ({
    code: 'needs-gateway',
    with: `Network bare: { addressing: [{ subnet: ${prefix}, ${key}: ${value} }] }\n${kvmC(`bare: ${virtual('isolated')}`)}`,
    at: `Network-bare spec.addressing[0].${key}`,
  })),
  // IPv6 without a hand on it, and with
  { code: 'slaac-unfit', with: V4 + lab4('gateway: 10.20.0.1, slaac: true'), at: `${ADDRESSING}[0].slaac` },
  {
    code: 'slaac-unfit',
    with: `Network bare: { addressing: [${subnet('"fd00:9::/80"', '"fd00:9::1"', 'slaac: true')}] }`,
    at: 'Network-bare spec.addressing[0].slaac',
    found: 'fd00:9::/80',
  },
  {
    code: 'dhcp-unfit',
    with: `Network bare: { addressing: [${subnet('"fd00:9::/48"', '"fd00:9::1"', 'dhcp: {}')}] }`,
    at: 'Network-bare spec.addressing[0].dhcp',
    found: '/48',
  },
  // Ranges
  {
    code: 'bad-range',
    with: V4 + labDhcp('{ ranges: [10.20.0.199-10.20.0.100] }'),
    at: `${ADDRESSING}[0].dhcp.ranges[0]`,
    found: '10.20.0.199-10.20.0.100',
  },
  {
    code: 'bad-range',
    with: V4 + labDhcp('{ ranges: ["10.20.0.100-fd00::1"] }'),
    at: `${ADDRESSING}[0].dhcp.ranges[0]`,
  },
  {
    code: 'range-outside-subnet',
    with: V4 + labDhcp('{ ranges: [10.20.0.200-10.20.1.10] }'),
    at: `${ADDRESSING}[0].dhcp.ranges[0]`,
  },
  {
    code: 'range-overlap',
    with:
      V4 + labDhcp('{ ranges: [10.20.0.100-10.20.0.150, 10.20.0.160-10.20.0.170, 10.20.0.150-10.20.0.155] }'),
    at: `${ADDRESSING}[0].dhcp.ranges[2]`,
  },
  {
    code: 'range-holds-address',
    with: `Network bare: { addressing: [${subnet('10.9.0.0/24', '10.9.0.1', 'dhcp: { ranges: [10.9.0.1-10.9.0.9] }')}] }`,
    at: 'Network-bare spec.addressing[0].dhcp.ranges[0]',
  },
  {
    code: 'range-holds-address',
    with: V4 + labDhcp('{ ranges: [10.20.0.200-10.20.0.255] }'),
    at: `${ADDRESSING}[0].dhcp.ranges[0]`,
  },
  {
    code: 'range-too-large',
    with: `Network bare: { addressing: [${subnet('10.0.0.0/12', '10.0.0.1', 'dhcp: { ranges: [10.1.0.0-10.2.0.0] }')}] }`,
    at: 'Network-bare spec.addressing[0].dhcp.ranges[0]',
  },
  {
    code: 'range-outside-subnet',
    with: kvmC(onRed('serve: { ranges: [10.31.0.1-10.31.0.9] }')),
    at: 'Host-kvm-c spec.networks.red.serve.ranges[0]',
  },
  {
    code: 'range-without-dhcp',
    with: `Network bare: { addressing: [{ subnet: 10.9.0.0/24, gateway: 10.9.0.1 }] }\n${kvmC('bare: { type: bridge, bridge: br0, serve: { ranges: [10.9.0.5-10.9.0.9] } }')}`,
    at: 'Host-kvm-c spec.networks.bare.serve.ranges[0]',
  },
  // DHCP options
  {
    code: 'unknown-dhcp-option',
    with: withOptions('{ "0": a }'),
    at: `${ADDRESSING}[0].dhcp.options["0"]`,
    found: '0',
  },
  {
    code: 'unknown-dhcp-option',
    with: withOptions('{ "255": a }'),
    at: `${ADDRESSING}[0].dhcp.options["255"]`,
  },
  {
    code: 'unknown-dhcp-option',
    with: withOptions('{ ruoter: 10.20.0.9 }'),
    at: `${ADDRESSING}[0].dhcp.options.ruoter`,
    hint: /router/,
  },
  {
    code: 'bad-dhcp-option',
    with: withOptions('{ router: gw }'),
    at: `${ADDRESSING}[0].dhcp.options.router`,
  },
  {
    code: 'bad-dhcp-option',
    with: withOptions('{ "6": "10.0.0.1,x" }'),
    at: `${ADDRESSING}[0].dhcp.options["6"]`,
  },
  {
    code: 'unknown-dhcp-option',
    with: options6('{ router: "fd00::9" }'),
    at: `${ADDRESSING}[1].dhcp.options.router`,
  },
  {
    code: 'bad-dhcp-option',
    with: options6('{ dns-server: 10.0.0.1 }'),
    at: `${ADDRESSING}[1].dhcp.options.dns-server`,
  },
  // Routes
  ...(
    [
      ['{ to: 10.20.0.128/25, via: 10.20.0.9 }', 'to'],
      ['{ to: 10.0.0.0/8, via: 10.20.0.9 }', 'to'],
      ['{ to: 0.0.0.0/0, via: 10.20.0.9 }', 'to'],
      ['{ to: "fd00:99::/64", via: 10.20.0.9 }', 'to'],
      ['{ to: 10.99.0.0/16, via: 10.21.0.9 }', 'via'],
      ['{ to: 10.99.0.0/16, via: 10.20.0.1 }', 'via'],
      ['{ to: 10.99.0.0/16, via: 10.20.0.255 }', 'via'],
      ['{ to: 10.99.0.0/16, via: "fd00::9" }', 'via'],
    ] as const
  ).map(([route, key]) => ({
    code: 'bad-route',
    with: V4 + lab4(`gateway: 10.20.0.1, routes: [${route}]`),
    at: `${ADDRESSING}[0].routes[0].${key}`,
  })),
  {
    code: 'duplicate-route',
    with:
      V4 +
      lab4(
        'gateway: 10.20.0.1, routes: [{ to: 10.99.0.0/16, via: 10.20.0.9 }, { to: 10.99.0.0/16, via: 10.20.0.8 }]',
      ),
    at: `${ADDRESSING}[0].routes[1].to`,
  },
  // DNS
  {
    code: 'dns-without-addressing',
    with: 'Network bare: { dns: { domain: a.example } }',
    at: 'Network-bare spec.dns',
  },
  { code: 'unused-setting', with: V4 + labDns('{ enabled: false, records: [] }'), at: `${DNS}.records` },
  {
    code: 'unused-setting',
    with: V4 + labDns('{ enabled: false, forwarders: [192.0.2.53] }'),
    at: `${DNS}.forwarders`,
  },
  { code: 'needs-domain', with: V4 + labDns('{ localOnly: true }'), at: `${DNS}.localOnly` },
  {
    code: 'needs-domain',
    with: V4 + labDns('{ records: [{ srv: { service: ldap, protocol: tcp, target: a, port: 389 } }] }'),
    at: `${DNS}.records[0].srv`,
  },
  {
    code: 'forwarder-is-gateway',
    with: V4 + labDns('{ forwarders: ["10.20.0.1#53"] }'),
    at: `${DNS}.forwarders[0]`,
  },
  {
    code: 'dns-name-conflict',
    with: V4 + labDns('{ domain: a.example, records: [{ name: web1, cname: web2 }] }'),
    at: `${DNS}.records[0]`,
  },
  {
    code: 'dns-name-conflict',
    with:
      V4 +
      labDns(
        '{ domain: a.example, records: [{ name: x, cname: web2 }, { name: X.a.example, addresses: [10.0.0.1] }] }',
      ),
    at: `${DNS}.records[1]`,
  },
  {
    code: 'dns-name-conflict',
    with: V4 + labDns('{ records: [{ name: x, cname: web1 }, { name: x, cname: web2 }] }'),
    at: `${DNS}.records[1]`,
    found: 'x',
  },
  {
    code: 'bad-dns-name',
    with: guest('a..b', 'device: d, addresses: [10.20.0.20]'),
    at: 'Guest-a..b spec.interfaces[0].name',
    found: 'a..b',
  },
  {
    code: 'bad-dns-name',
    with: `Guest ${'g'.repeat(60)}: { interfaces: [{ name: eth0, network: lab }, { name: eth1, network: lab, addresses: [10.20.0.20] }] }`,
    at: `Guest-${'g'.repeat(60)} spec.interfaces[1].name`,
  },
  {
    code: 'duplicate-dns-name',
    with: 'Guest db-eth1: { interfaces: [{ name: a, network: red, addresses: [10.30.0.20] }] }\nGuest db: { interfaces: [{ name: eth0, network: red }, { name: eth1, network: red, addresses: [10.30.0.12] }] }',
    at: 'Guest-db-eth1 spec.interfaces[0].name',
    found: 'db-eth1',
  },
  // Addresses of guests
  {
    code: 'address-outside-subnet',
    with: guest('x', 'addresses: [10.21.0.20]'),
    at: ADDRESS,
    found: '10.21.0.20',
  },
  { code: 'address-outside-subnet', with: guest('x', 'addresses: ["fd00:21::1"]'), at: ADDRESS },
  { code: 'duplicate-address', with: guest('x', 'addresses: [10.20.0.1]'), at: ADDRESS },
  { code: 'reserved-address', with: guest('x', 'addresses: [10.20.0.255]'), at: ADDRESS },
  { code: 'reserved-address', with: guest('x', 'addresses: ["fd00:20::"]'), at: ADDRESS },
  {
    code: 'address-in-range',
    with: guest('x', 'addresses: [10.20.0.150]'),
    at: ADDRESS,
    hint: /Network-lab\.yaml:4/,
  },
  // A range of a host's own.
  {
    code: 'address-in-range',
    with: 'Guest x: { interfaces: [{ name: eth0, network: red, addresses: [10.30.0.160] }] }',
    at: ADDRESS,
    hint: /Host-kvm-b\.yaml:4/,
  },
  {
    code: 'duplicate-address',
    with: guest('x', 'addresses: ["fd00:20:0::0010"]'),
    at: ADDRESS,
    found: 'fd00:20::10',
  },
  {
    code: 'duplicate-address',
    with: guest('x', 'addresses: [10.20.0.20, 10.20.0.20]'),
    at: 'Guest-x spec.interfaces[0].addresses[1]',
  },
  // On the same host; on the host to which the other migrates; nowhere, so it may come to any; on a shared segment.
  {
    code: 'duplicate-address',
    with: guest('x', 'addresses: [10.20.0.10]'),
    at: ADDRESS,
    hint: /Guest-web1\.yaml:4/,
  },
  {
    code: 'duplicate-address',
    with: 'Guest x: { host: kvm-b, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.12] }] }',
    at: ADDRESS,
  },
  {
    code: 'duplicate-address',
    with: 'Guest x: { interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.11] }] }',
    at: ADDRESS,
  },
  {
    code: 'duplicate-address',
    with: `${kvmC('red: { type: bridge, bridge: br0 }')}\nGuest x: { host: kvm-c, interfaces: [{ name: eth0, network: red, portGroup: all, addresses: [10.30.0.12] }] }\nNetwork red: { addressing: [{ subnet: 10.30.0.0/24, gateway: 10.30.0.1, dhcp: {} }], portGroups: [{ name: v42 }, { name: all }] }`,
    at: ADDRESS,
  },
  // Without addressing, an address is still one guest's.
  {
    code: 'duplicate-address',
    with: 'Guest x: { interfaces: [{ name: a, network: bare, addresses: [10.9.0.9] }] }\nGuest a: { interfaces: [{ name: a, network: bare, addresses: [10.9.0.9] }] }',
    at: ADDRESS,
  },
];
