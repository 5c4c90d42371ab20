import { document } from '../support/desired-directory.ts';

/** A text, and what is told of it first. */
export interface TextFixture {
  code: string;
  text: string;
  path?: string;
  /** Line and column. */
  at: [number, number];
  found?: string;
  expected?: string | RegExp;
  hint?: string;
}

const network = (spec: string) => document('Network', 'red', spec);
const guest = (spec: string) => document('Guest', 'web1', spec);
const host = (networks: string) => document('Host', 'kvm-a', `{ networks: { ${networks} } }`);

/** What a single text can say wrong of addresses and of what serves them. */
export const ADDRESSING_PROBLEMS: TextFixture[] = [
  {
    code: 'unknown-key',
    text: host('red: { type: bridge, bridge: br0, serve: { rangs: [] } }'),
    path: 'spec.networks.red.serve.rangs',
    at: [4, 64],
    expected: 'one of ranges, forward, device, nat',
    hint: 'did you mean ranges?',
  },
  // Nothing like a key that there is, but a mapping was meant all the same.
  {
    code: 'unknown-key',
    text: host('red: { type: openvswitch, bridge: br0, serve: { x: 1 } }'),
    path: 'spec.networks.red.serve.x',
    at: [4, 69],
  },
  {
    code: 'wrong-type',
    text: host('red: { type: bridge, bridge: br0, serve: please }'),
    path: 'spec.networks.red.serve',
    at: [4, 55],
    found: '"please"',
    expected: 'true or false, or a mapping',
  },
  {
    code: 'wrong-value',
    text: host('red: { type: virtual, bridge: br0, forward: natt }'),
    path: 'spec.networks.red.forward',
    at: [4, 56],
    expected: 'one of nat, route, isolated, open',
    hint: 'did you mean nat?',
  },
  {
    code: 'bad-format',
    text: host('red: { type: virtual, bridge: br0, forward: nat, nat: { addresses: x } }'),
    path: 'spec.networks.red.nat.addresses',
    at: [4, 77],
    expected: /^an IPv4 or IPv6 address .*, or two addresses with a dash/,
  },
  {
    code: 'bad-format',
    text: host('red: { type: virtual, bridge: br0, forward: nat, nat: { ports: 9-8 } }'),
    path: 'spec.networks.red.nat.ports',
    at: [4, 77],
  },
  ...[
    '10.20.0.1/24',
    '10.20.0.0/33',
    '10.20.0.0/024',
    '10.20.0.0',
    'fd00::1/64',
    '::ffff:10.0.0.0/120',
    'fd00::%eth0/64',
  ].map((subnet) => ({
    code: 'bad-format',
    text: network(`{ addressing: [{ subnet: "${subnet}" }] }`),
    path: 'spec.addressing[0].subnet',
    at: [4, 24] as [number, number],
    found: `"${subnet}"`,
    expected: /no bits set behind it/,
  })),
  ...['010.0.0.1', '10.0.0', '::ffff:10.0.0.1', 'fe80::1%eth0', '10.20.0.1/24', '10.0.0.1-10.0.0.2'].map(
    (address) => ({
      code: 'bad-format',
      text: guest(`{ interfaces: [{ name: eth0, network: red, addresses: ["${address}"] }] }`),
      path: 'spec.interfaces[0].addresses[0]',
      at: [4, 62] as [number, number],
      expected: /an IPv4 or IPv6 address/,
    }),
  ),
  ...['1m', '119s', '3651d', '99999999999s', '12 h', 'forever'].map((time) => ({
    code: 'bad-format',
    text: network(`{ addressing: [{ subnet: 10.0.0.0/24, dhcp: { leaseTime: ${time} } }] }`),
    path: 'spec.addressing[0].dhcp.leaseTime',
    at: [4, 53] as [number, number],
    expected: 'a time from 2m to 3650d, such as 12h, or infinite',
  })),
  {
    code: 'bad-format',
    text: network('{ addressing: [{ subnet: 10.0.0.0/24, dhcp: { options: { mtu: "1\\n2" } } }] }'),
    path: 'spec.addressing[0].dhcp.options.mtu',
    at: [4, 64],
    expected: /one line of printable ASCII/,
  },
  {
    code: 'bad-format',
    text: network('{ addressing: [{ subnet: 10.0.0.0/24, dhcp: { options: { "a,b": x } } }] }'),
    path: 'spec.addressing[0].dhcp.options["a,b"]',
    at: [4, 64],
  },
  ...['192.0.2.53#0', '192.0.2.53#65536', 'dns.example', '/example/192.0.2.53'].map((forwarder) => ({
    code: 'bad-format',
    text: network(`{ dns: { forwarders: ["${forwarder}"] } }`),
    path: 'spec.dns.forwarders[0]',
    at: [4, 29] as [number, number],
  })),
  ...['-a.example', 'a..example', 'a.example.', 'a/b', `${'a'.repeat(64)}.example`, 'a b'].map((domain) => ({
    code: 'bad-format',
    text: network(`{ dns: { domain: "${domain}" } }`),
    path: 'spec.dns.domain',
    at: [4, 16] as [number, number],
  })),
  {
    code: 'missing-key',
    text: network('{ dns: { records: [{ name: a }] } }'),
    path: 'spec.dns.records[0]',
    at: [4, 26],
    expected: 'one of addresses, cname, txt',
  },
  {
    code: 'wrong-value',
    text: network('{ dns: { records: [{ name: a, cname: b, addresses: [10.0.0.1] }] } }'),
    path: 'spec.dns.records[0]',
    at: [4, 26],
    expected: /^only one of /,
  },
  {
    code: 'unknown-key',
    text: network('{ dns: { records: [{ name: a, adresses: [10.0.0.1] }] } }'),
    path: 'spec.dns.records[0].adresses',
    at: [4, 37],
    hint: 'did you mean addresses?',
  },
  // However much is wrong in it, its keys say what it was to be.
  {
    code: 'wrong-value',
    text: network(
      '{ dns: { records: [{ srv: { service: ldap, protocol: http, target: "..", port: 0, priority: -1, weight: x } }] } }',
    ),
    path: 'spec.dns.records[0].srv.protocol',
    at: [4, 50],
    expected: 'one of tcp, udp, sctp',
  },
  {
    code: 'bad-format',
    text: network('{ dns: { records: [{ name: a, addresses: [x, y, z] }] } }'),
    path: 'spec.dns.records[0].addresses[0]',
    at: [4, 49],
  },
  {
    code: 'out-of-range',
    text: guest('{ interfaces: [{ name: eth0, network: red, publish: [{ protocol: tcp, port: 65536 }] }] }'),
    path: 'spec.interfaces[0].publish[0].port',
    at: [4, 77],
  },
];
