import { describe, expect, it } from 'vitest';
import { whereCanBe } from '../../src/placement/where.ts';
import { PLACES, viewOf } from './fixtures.ts';

async function verdicts(texts: string, allowIslands = false, name = 'web') {
  const view = await viewOf(PLACES, texts);
  const guest = view.guest(name);
  if (guest === undefined) throw new Error(`no guest ${name}`);
  return new Map(
    whereCanBe(view, guest, allowIslands).map(({ host, verdict, reasons }) => [
      host,
      { verdict, codes: reasons.map(({ code }) => code), messages: reasons.map(({ message }) => message) },
    ]),
  );
}

interface Fixture {
  what: string;
  /** Lines that replace those of the same kind and name, or are added. */
  with: string;
  host: string;
  verdict: string;
  codes: string[];
  says?: RegExp;
}

const island = (forward = 'isolated') => `lab: { type: virtual, bridge: virbr0, forward: ${forward} }`;
const LAB4 =
  'Network lab: { addressing: [{ subnet: 10.20.0.0/24, gateway: 10.20.0.1, dhcp: { ranges: [10.20.0.100-10.20.0.199] } }] }';
const onLab = (rest = '') => `Guest web: { host: a, interfaces: [{ name: eth0, network: lab${rest} }] }`;
const other = (name: string, host: string, rest: string) =>
  `Guest ${name}: { host: ${host}, interfaces: [{ name: eth0, ${rest} }] }`;
const group = (name: string) =>
  `Guest web: { host: a, interfaces: [{ name: eth0, network: red, portGroup: ${name} }] }`;
const ovs = (rest: string) => `{ type: openvswitch, bridge: ovs0, manage: true, uplinks: [eth1], ${rest} }`;
const SERVED_RED = 'Network red: { addressing: [{ subnet: 10.30.0.0/24, gateway: 10.30.0.1, dhcp: {} }] }';

const FIXTURES: Fixture[] = [
  { what: 'its own host', with: '', host: 'a', verdict: 'no', codes: ['here'], says: /^it is here$/ },
  { what: 'room on macvtaps', with: '', host: 'b', verdict: 'yes', codes: [] },
  { what: 'Open vSwitch', with: '', host: 'c', verdict: 'yes', codes: [] },
  {
    what: 'where it is on its way to, a full pool notwithstanding: the place is its own',
    with: `Guest web: { host: a, migratingTo: b, interfaces: [{ name: eth0, network: red }] }\n${other('x', 'b', 'network: red')}`,
    host: 'b',
    verdict: 'yes',
    codes: ['arriving'],
  },
  {
    what: 'its own host while it is on its way',
    with: 'Guest web: { host: a, migratingTo: b, interfaces: [{ name: eth0, network: red }] }',
    host: 'a',
    verdict: 'no',
    codes: ['here'],
    says: /on its way to b/,
  },
  {
    what: 'a network that is not realised',
    with: 'Guest web: { host: a, interfaces: [{ name: eth0, network: red }, { name: eth1, network: blue }] }',
    host: 'b',
    verdict: 'no',
    codes: ['network-not-realised'],
    says: /^blue is not realised there$/,
  },
  {
    what: 'a document that cannot be read',
    with: 'Host d: { networks: 7 }',
    host: 'd',
    verdict: 'no',
    codes: ['host-broken'],
  },
  {
    what: 'a class that cannot be read',
    with: 'HostClass rack: { networks: 7 }\nHost d: { classes: [rack], networks: { red: { type: bridge, bridge: br0 } } }',
    host: 'd',
    verdict: 'no',
    codes: ['class-broken', 'host-invalid'],
  },
  {
    what: 'a class that there is not',
    with: 'Host d: { classes: [rack], networks: { red: { type: bridge, bridge: br0 } } }',
    host: 'd',
    verdict: 'no',
    codes: ['host-invalid'],
    says: /there is no class rack/,
  },
  {
    what: 'a host that is well beside one with errors',
    with: 'Host d: { classes: [rack], networks: { red: { type: bridge, bridge: br0 } } }',
    host: 'b',
    verdict: 'yes',
    codes: [],
  },
  {
    what: 'an error of the guest that goes with it',
    with: 'Guest web: { host: a, interfaces: [{ name: eth0, network: red }, { name: eth0, network: red }] }',
    host: 'c',
    verdict: 'no',
    codes: ['guest-invalid'],
  },
  {
    what: 'a guest whose own host cannot give what another can',
    with: group('v42'),
    host: 'c',
    verdict: 'yes',
    codes: [],
  },
  {
    what: 'a VLAN on macvtaps',
    with: group('v42'),
    host: 'b',
    verdict: 'no',
    codes: ['vlan-not-supported'],
    says: /^eth0 \(port group v42\) asks for VLAN 42/,
  },
  { what: 'a trunk', with: group('all'), host: 'b', verdict: 'no', codes: ['trunk-not-supported'] },
  { what: 'isolation', with: group('alone'), host: 'b', verdict: 'no', codes: ['isolation-not-supported'] },
  {
    what: 'another native VLAN',
    with: `Host a: { networks: { red: { type: direct, mode: bridge, nativeVlan: 42, pool: [{ device: eth2 }] } } }
Host b: { networks: { red: { type: direct, mode: bridge, nativeVlan: 43, pool: [{ device: eth2 }] } } }`,
    host: 'b',
    verdict: 'no',
    codes: ['other-segment'],
    says: /VLAN 43 there and VLAN 42 on a/,
  },
  {
    what: 'a full pool',
    with: `${other('x', 'b', 'network: red')}\n${other('y', 'b', 'network: red')}`,
    host: 'b',
    verdict: 'no',
    codes: ['pool-full'],
    says: /^the pool of red is full: eth2 2 of 2$/,
  },
  {
    what: 'a pool that standby guests do not fill',
    with: `${other('x', 'b', 'network: red')}\nGuest y: { host: c, standby: [b], interfaces: [{ name: eth0, network: red }] }`,
    host: 'b',
    verdict: 'yes',
    codes: [],
  },
  {
    what: 'a pool that a guest fills that is on its way there',
    with: `${other('x', 'b', 'network: red')}\nGuest y: { host: c, migratingTo: b, interfaces: [{ name: eth0, network: red }] }`,
    host: 'b',
    verdict: 'no',
    codes: ['pool-full'],
  },
  {
    what: 'a guest of two interfaces where there is room for one',
    with: `Guest web: { host: a, interfaces: [{ name: eth0, network: red }, { name: eth1, network: red }] }\n${other('x', 'b', 'network: red')}`,
    host: 'b',
    verdict: 'no',
    codes: ['pool-full'],
    says: /^the pool of red has no room for 2 more: eth2 1 of 2$/,
  },
  {
    what: 'a device that another network fills',
    with: `Host b: { devices: { eth2: { maxGuests: 1 } }, networks: { red: { type: direct, mode: bridge, pool: [{ device: eth2 }] }, blue: { type: direct, mode: bridge, pool: [{ device: eth2 }] } } }
${other('x', 'b', 'network: blue')}`,
    host: 'b',
    verdict: 'no',
    codes: ['device-full'],
    says: /eth2 1 of 1$/,
  },
  {
    what: 'a passthrough device that is taken',
    with: `Host b: { networks: { red: { type: direct, mode: passthrough, pool: [{ device: eth2 }] } } }\n${other('x', 'b', 'network: red')}`,
    host: 'b',
    verdict: 'no',
    codes: ['exclusive-full'],
    says: /takes one guest alone, and there is none free: eth2/,
  },
  {
    what: "a device that is one passthrough guest's alone",
    with: `Host b: { networks: { red: { type: direct, mode: bridge, pool: [{ device: eth2 }] }, blue: { type: direct, mode: passthrough, pool: [{ device: eth2 }] } } }\n${other('x', 'b', 'network: blue')}`,
    host: 'b',
    verdict: 'no',
    codes: ['device-full'],
    says: /eth2 is one guest's alone$/,
  },
  {
    what: 'room that depends on where others stand',
    with: `Host b: { networks: { red: { type: direct, mode: bridge, pool: [{ device: eth2, maxGuests: 1 }] }, blue: { type: direct, mode: bridge, pool: [{ device: eth2 }, { device: eth3 }] } }, devices: { eth2: { maxGuests: 1 } } }
${other('x', 'b', 'network: blue')}`,
    host: 'b',
    verdict: 'yes',
    codes: ['pool-by-arrangement'],
  },
  {
    what: 'a device with the name of a link',
    with: 'Guest web: { host: a, interfaces: [{ name: eth0, network: red, device: ovs0 }] }',
    host: 'c',
    verdict: 'no',
    codes: ['device-name-taken'],
    says: /the device ovs0 of eth0 has the name of the bridge of red there/,
  },
  {
    what: 'frames of which documents do not say whether they pass',
    with: 'Network red: { mtu: 9000 }',
    host: 'c',
    verdict: 'yes',
    codes: ['mtu-not-told'],
  },
  {
    what: 'an MTU beside another on one bridge',
    with: `Network red: { mtu: 9000 }\nNetwork blue: { mtu: 1500 }
Host d: { networks: { red: { type: bridge, bridge: br0 }, blue: { type: bridge, bridge: br0 } } }\n${other('x', 'd', 'network: blue')}`,
    host: 'd',
    verdict: 'degraded',
    codes: ['mtu-differs'],
  },
  {
    what: 'private mode',
    with: 'Host b: { networks: { red: { type: direct, mode: private, pool: [{ device: eth2 }] } } }',
    host: 'b',
    verdict: 'degraded',
    codes: ['neighbours-unreachable'],
  },
  {
    what: 'vepa mode',
    with: 'Host b: { networks: { red: { type: direct, mode: vepa, pool: [{ device: eth2 }] } } }',
    host: 'b',
    verdict: 'yes',
    codes: ['needs-hairpin'],
  },
  {
    what: 'a bridge that goes nowhere',
    with: 'Host c: { networks: { red: { type: openvswitch, bridge: ovs0, manage: true } } }',
    host: 'c',
    verdict: 'degraded',
    codes: ['no-uplink'],
  },
  {
    what: 'an island with the same subnet',
    with: `${LAB4}\nHost a: { networks: { ${island()} } }\nHost b: { networks: { ${island()} } }\n${onLab()}`,
    host: 'b',
    verdict: 'no',
    codes: ['island', 'address-clash-possible'],
    says: /an island of each host: the guest leaves its peers on a behind/,
  },
  {
    what: 'an island of which nobody says the subnet',
    with: `Host a: { networks: { ${island()} } }\nHost b: { networks: { ${island()} } }\n${onLab()}`,
    host: 'b',
    verdict: 'no',
    codes: ['island', 'address-not-told'],
  },
  {
    what: 'from a segment to an island',
    with: `${LAB4}\nHost a: { networks: { lab: { type: bridge, bridge: br9 } } }\nHost b: { networks: { ${island()} } }\n${onLab()}`,
    host: 'b',
    verdict: 'no',
    codes: ['island', 'address-clash-possible'],
    says: /an island of its host there/,
  },
  {
    what: 'from an island to a segment that nobody serves',
    with: `${LAB4}\nHost a: { networks: { ${island('nat')} } }\nHost b: { networks: { lab: { type: bridge, bridge: br9 } } }\n${onLab()}`,
    host: 'b',
    verdict: 'no',
    codes: ['island', 'not-served', 'nat-connections-end'],
  },
  {
    what: 'an address that is taken on the island',
    with: `${LAB4}\nHost a: { networks: { ${island()} } }\nHost b: { networks: { ${island()} } }\n${onLab(', addresses: [10.20.0.9]')}\n${other('x', 'b', 'network: lab, addresses: [10.20.0.9]')}`,
    host: 'b',
    verdict: 'no',
    codes: ['address-taken', 'island', 'address-clash-possible'],
    says: /10.20.0.9 of eth0 is the address of x eth0 on lab there/,
  },
  {
    what: 'a published port that is taken',
    with: `${LAB4}\nHost a: { networks: { ${island('nat')} } }\nHost b: { networks: { ${island('nat')} } }
${onLab(', addresses: [10.20.0.9], publish: [{ protocol: tcp, port: 80 }]')}\n${other('x', 'b', 'network: lab, addresses: [10.20.0.8], publish: [{ protocol: tcp, port: 80 }]')}`,
    host: 'b',
    verdict: 'no',
    codes: [
      'published-port-taken',
      'island',
      'address-clash-possible',
      'nat-connections-end',
      'published-elsewhere',
    ],
  },
  {
    what: 'a published port without NAT',
    with: `${LAB4}\nHost a: { networks: { ${island('nat')} } }\nHost b: { networks: { ${island('route')} } }
${onLab(', addresses: [10.20.0.9], publish: [{ protocol: tcp, port: 80 }]')}`,
    host: 'b',
    verdict: 'no',
    codes: ['publish-without-nat', 'island', 'address-clash-possible', 'nat-connections-end'],
  },
  {
    what: 'a gateway that stays where the guest comes from',
    with: `${SERVED_RED}\nHost a: { networks: { red: { type: bridge, bridge: br0, serve: true } } }`,
    host: 'c',
    verdict: 'yes',
    codes: ['gateway-elsewhere'],
    says: /are on a, reached over the segment/,
  },
  {
    what: 'a gateway that is not reached by a bridge without uplinks',
    with: `${SERVED_RED}\nHost a: { networks: { red: { type: bridge, bridge: br0, serve: true } } }\nHost c: { networks: { red: { type: openvswitch, bridge: ovs0, manage: true } } }`,
    host: 'c',
    verdict: 'degraded',
    codes: ['no-uplink', 'gateway-unreachable'],
  },
  {
    what: 'a gateway there too',
    with: `${SERVED_RED}\nHost a: { networks: { red: { type: bridge, bridge: br0, serve: true } } }\nHost c: { networks: { red: ${ovs('serve: true')} } }`,
    host: 'c',
    verdict: 'yes',
    codes: ['gateway-changes'],
  },
  {
    what: 'NAT there instead of NAT here',
    with: `${SERVED_RED}\nHost a: { networks: { red: { type: bridge, bridge: br0, serve: { forward: nat } } } }\nHost c: { networks: { red: ${ovs('serve: { forward: nat }')} } }`,
    host: 'c',
    verdict: 'degraded',
    codes: ['nat-connections-end', 'gateway-changes'],
  },
  {
    what: 'a guest that is nowhere yet, on an island',
    with: `Host b: { networks: { ${island()} } }\nGuest web: { interfaces: [{ name: eth0, network: lab }] }`,
    host: 'b',
    verdict: 'yes',
    codes: [],
  },
];

describe('a guest on a host', () => {
  it.each(FIXTURES)('$what: $verdict on $host', async ({ with: texts, host, verdict, codes, says }) => {
    const found = (await verdicts(texts)).get(host);
    expect({ verdict: found?.verdict, codes: found?.codes }).toEqual({ verdict, codes });
    if (says !== undefined) expect(found?.messages.join('\n')).toMatch(says);
  });

  it('may leave an island where that is allowed, and loses what it loses', async () => {
    const texts = `${LAB4}\nHost a: { networks: { ${island()} } }\nHost b: { networks: { ${island()} } }\n${onLab()}`;
    expect((await verdicts(texts, true)).get('b')).toMatchObject({
      verdict: 'degraded',
      codes: ['island', 'address-clash-possible'],
    });
  });

  it('is told of each host, in the order of names for people', async () => {
    const texts = 'Host h10: {}\nHost h9: {}\nHost x: { networks: 7 }';
    expect([...(await verdicts(texts)).keys()]).toEqual(['a', 'b', 'c', 'h9', 'h10', 'x']);
  });
});
