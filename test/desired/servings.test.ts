import { describe, expect, it } from 'vitest';
import { loadDirectory } from '../../src/desired/load.ts';
import { resolveHost } from '../../src/desired/resolve.ts';
import type { Serving } from '../../src/desired/serving.ts';
import { servingsOf } from '../../src/desired/servings.ts';
import { desiredDirectory, document } from '../support/desired-directory.ts';

/** A fleet in one file, each document a line: `Kind name: spec`. */
async function servings(host: string, ...lines: string[]): Promise<Serving[]> {
  const texts = lines.map((line) => {
    const [, kind = '', name = '', spec = ''] = /^(\w+) ([^:]+): (.*)$/s.exec(line) ?? [];
    return document(kind, name, spec);
  });
  const { fleet, problems } = await loadDirectory(desiredDirectory({ 'fleet.yaml': texts.join('---\n') }), {
    cache: null,
  });
  expect(problems).toEqual([]);
  const resolved = resolveHost(fleet, host);
  if (resolved === undefined) throw new Error(`no host ${host}`);
  return servingsOf(fleet, resolved);
}

async function only(host: string, ...lines: string[]): Promise<Serving> {
  const [first, ...others] = await servings(host, ...lines);
  expect(others).toEqual([]);
  if (first === undefined) throw new Error('nothing is served');
  return first;
}

const SUBNETS = `[{ subnet: 10.20.0.0/24, gateway: 10.20.0.1, dhcp: { ranges: [10.20.0.100-10.20.0.199], leaseTime: 12h, options: { mtu: "1400" } }, routes: [{ to: 10.99.0.0/16, via: 10.20.0.254, metric: 5 }] }, { subnet: "FD00:0020:0::/64", gateway: "FD00:20:0::1", slaac: true }]`;
const LAB = `Network lab: { mtu: 1400, addressing: ${SUBNETS}, dns: { domain: LAB.example, forwarders: ["2001:DB8:0::53#53", "192.0.2.53#5353"], localOnly: true, records: [{ name: Files, addresses: ["FD00:20::5"] }, { name: www, cname: Web1 }, { name: note, txt: ["a, b"] }, { srv: { service: _LDAP, protocol: tcp, target: files, port: 389 } }] } }`;
const VIRTUAL =
  '{ type: virtual, bridge: virbr-lab, forward: nat, device: eth0, nat: { ports: 2000-3000, addresses: 192.0.2.7 } }';
const KVM_A = `Host kvm-a: { networks: { lab: ${VIRTUAL} } }`;
const KVM_B = 'Host kvm-b: { networks: { lab: { type: virtual, bridge: virbr-lab, forward: isolated } } }';
const guest = (name: string, host: string, ...addresses: string[]) =>
  `Guest ${name}: { host: ${host}, interfaces: [{ name: eth0, network: lab, mac: "52:54:00:00:00:01", addresses: [${addresses.map((one) => `"${one}"`).join(', ')}] }] }`;

describe('what a host serves', () => {
  it('on a virtual network is all that the documents say, in one form', async () => {
    const { at, subnets, ...serving } = await only('kvm-a', LAB, KVM_A);
    expect(serving).toEqual({
      network: 'lab',
      link: 'virbr-lab',
      mac: '5a:9c:bb:95:1f:7f',
      mtu: 1400,
      forward: 'nat',
      device: 'eth0',
      nat: {
        addresses: { first: '192.0.2.7', last: '192.0.2.7' },
        ports: { first: 2000, last: 3000 },
        ipv6: false,
      },
      hostAccess: false,
      dns: {
        enabled: true,
        domain: 'lab.example',
        forwarders: ['2001:db8::53', '192.0.2.53#5353'],
        localOnly: true,
        records: [
          { is: 'address', name: 'files', addresses: ['fd00:20::5'] },
          { is: 'cname', name: 'www', target: 'web1' },
          { is: 'txt', name: 'note', texts: ['a, b'] },
          {
            is: 'srv',
            service: 'ldap',
            protocol: 'tcp',
            domain: null,
            target: 'files',
            port: 389,
            priority: 0,
            weight: 0,
          },
        ],
      },
      reservations: [],
      published: [],
    });
    expect(subnets).toMatchObject([
      {
        family: 4,
        subnet: '10.20.0.0/24',
        prefix: 24,
        gateway: '10.20.0.1',
        slaac: false,
        dhcp: {
          ranges: [{ first: '10.20.0.100', last: '10.20.0.199' }],
          leaseTime: '12h',
          options: [{ option: 'mtu', value: '1400' }],
        },
        routes: [{ destination: '10.99.0.0/16', gateway: '10.20.0.254', metric: 5 }],
      },
      {
        family: 6,
        subnet: 'fd00:20::/64',
        prefix: 64,
        gateway: 'fd00:20::1',
        slaac: true,
        dhcp: null,
        routes: [],
      },
    ]);
    expect(at(['forward'])).toMatchObject({ file: 'fleet.yaml', line: 9, column: 62 });
    expect(subnets[0]?.at(['gateway'])).toMatchObject({ line: 4, column: 57 });
    expect(subnets[0]?.routes[0]?.source).toMatchObject({ line: 4 });
  });

  it('is nothing where it only wires, and isolation alone where there are no addresses', async () => {
    const wired = 'lab: { type: bridge, bridge: br0, serve: false }, red: { type: bridge, bridge: br1 }';
    expect(await servings('kvm-c', LAB, 'Network red: {}', `Host kvm-c: { networks: { ${wired} } }`)).toEqual(
      [],
    );
    const served = 'Host kvm-c: { networks: { red: { type: bridge, bridge: br1, serve: true } } }';
    expect(await servings('kvm-c', 'Network red: {}', served)).toEqual([]);
    const lone = await only('kvm-b', 'Network lab: {}', KVM_B, guest('web1', 'kvm-b', '10.0.0.1'));
    expect(lone).toMatchObject({
      forward: 'isolated',
      subnets: [],
      reservations: [],
      dns: { enabled: false },
    });
  });

  it.each([
    ['type: bridge, bridge: br0', 'br0', null],
    ['type: bridge, bridge: br0, manage: true', 'br0', null],
    ['type: direct, mode: bridge, pool: [{ device: eth2 }]', 'gw_lab', '5a:9c:bb:95:1f:7f'],
    ['type: openvswitch, bridge: ovs0', 'gw_lab', '5a:9c:bb:95:1f:7f'],
  ])('by serve on %s is at %s', async (entry, link, mac) => {
    const serving = await only('kvm-c', LAB, `Host kvm-c: { networks: { lab: { ${entry}, serve: true } } }`);
    expect(serving).toMatchObject({ link, mac, forward: 'route', device: null, hostAccess: true });
    expect(serving.subnets[0]?.dhcp?.ranges).toEqual([{ first: '10.20.0.100', last: '10.20.0.199' }]);
    expect(serving.at(['serve'])).toMatchObject({ file: 'fleet.yaml', line: 9 });
  });

  it('takes ranges and forwarding of its own', async () => {
    const entry =
      '{ type: bridge, bridge: br0, serve: { ranges: [10.20.0.200-10.20.0.209], forward: nat, device: eth1, nat: { ipv6: true } } }';
    const serving = await only('kvm-c', LAB, `Host kvm-c: { networks: { lab: ${entry} } }`);
    expect(serving.subnets.map(({ dhcp }) => dhcp?.ranges)).toEqual([
      [{ first: '10.20.0.200', last: '10.20.0.209' }],
      undefined,
    ]);
    expect(serving).toMatchObject({
      forward: 'nat',
      device: 'eth1',
      nat: { addresses: null, ports: null, ipv6: true },
    });
  });

  it('comes by class, with a MAC of its own if one is stated', async () => {
    const entry = '{ type: virtual, bridge: v0, forward: open, mac: "52-54-00-AA-BB-CC" }';
    const serving = await only(
      'kvm-c',
      LAB,
      `HostClass c: { networks: { lab: ${entry} } }`,
      'Host kvm-c: { classes: [c] }',
    );
    expect(serving).toMatchObject({ link: 'v0', mac: '52:54:00:aa:bb:cc', forward: 'open' });
  });
});

describe('the guests that a host knows', () => {
  const GUESTS = [
    guest('here', 'kvm-a', '10.20.0.10', 'FD00:20::0:10'),
    guest('away', 'kvm-b', '10.20.0.11'),
    'Guest coming: { host: kvm-b, migratingTo: kvm-a, interfaces: [{ name: b, network: lab, addresses: [10.20.0.13] }, { name: a, network: lab, addresses: [10.20.0.12] }, { name: c, network: red }] }',
    'Guest nowhere: { interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.14] }] }',
    'Guest bare: { host: kvm-a, interfaces: [{ name: eth0, network: lab }] }',
  ];
  const names = ({ reservations }: Serving) => reservations.map(({ name }) => name);

  it('on a virtual network are those that are there or on their way', async () => {
    const serving = await only('kvm-a', LAB, 'Network red: {}', KVM_A, KVM_B, ...GUESTS);
    expect(serving.reservations).toEqual([
      {
        guest: 'coming',
        interface: 'a',
        mac: expect.any(String),
        name: 'coming-a',
        addresses: ['10.20.0.12'],
      },
      { guest: 'coming', interface: 'b', mac: expect.any(String), name: 'coming', addresses: ['10.20.0.13'] },
      {
        guest: 'here',
        interface: 'eth0',
        mac: '52:54:00:00:00:01',
        name: 'here',
        addresses: ['10.20.0.10', 'fd00:20::10'],
      },
    ]);
    expect(names(await only('kvm-b', LAB, 'Network red: {}', KVM_A, KVM_B, ...GUESTS))).toEqual([
      'away',
      'coming-a',
      'coming',
    ]);
  });

  it('on a shared segment are those of the whole fleet, the same on each host', async () => {
    const hosts = ['kvm-c', 'kvm-d'].map(
      (name) => `Host ${name}: { networks: { lab: { type: bridge, bridge: br0, serve: true } } }`,
    );
    const moved = GUESTS.map((text) => text.replaceAll('kvm-b', 'kvm-c').replaceAll('kvm-a', 'kvm-d'));
    const documents = [LAB, 'Network red: {}', ...hosts, ...moved];
    const [first, second] = [await only('kvm-c', ...documents), await only('kvm-d', ...documents)];
    expect(names(first)).toEqual(['away', 'coming-a', 'coming', 'here', 'nowhere']);
    expect(second.reservations).toEqual(first.reservations);
  });

  it('on a shared segment are not those of virtual networks, whose addresses may be other guests too', async () => {
    const documents = [
      LAB,
      KVM_A,
      'Host kvm-c: { networks: { lab: { type: bridge, bridge: br0, serve: true } } }',
      guest('here', 'kvm-a', '10.20.0.10'),
      guest('there', 'kvm-c', '10.20.0.11'),
      'Guest between: { host: kvm-a, migratingTo: kvm-c, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.12] }] }',
    ];
    expect(names(await only('kvm-c', ...documents))).toEqual(['between', 'there']);
  });

  it('publish their ports where they are, behind NAT', async () => {
    const publish = (host: string) =>
      `Guest web1: { host: ${host}, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.10, 10.20.0.11, "fd00:20::10"], publish: [{ protocol: tcp, port: 8080, to: 80 }, { protocol: udp, port: 53, address: "2001:DB8:0::1" }] }] }`;
    const { published } = await only('kvm-a', LAB, KVM_A, publish('kvm-a'));
    expect(published).toMatchObject([
      {
        guest: 'web1',
        interface: 'eth0',
        protocol: 'tcp',
        port: 8080,
        to: 80,
        address: null,
        targets: ['10.20.0.10', 'fd00:20::10'],
      },
      { protocol: 'udp', port: 53, to: 53, address: '2001:db8::1', targets: ['fd00:20::10'] },
    ]);
    expect(published[1]?.source).toMatchObject({ file: 'fleet.yaml', line: 14 });
    expect((await only('kvm-a', LAB, KVM_A, KVM_B, publish('kvm-b'))).published).toEqual([]);
    expect((await only('kvm-b', LAB, KVM_A, KVM_B, publish('kvm-b'))).published).toEqual([]);
  });
});
