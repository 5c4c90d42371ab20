import { expect, it } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import type { FleetParts } from './fleet-files.ts';
import { guest } from './fleet-files.ts';
import { holdTap } from './holder.ts';
import { expectConverged } from './kernel-host.ts';
import { indexes, linkOf } from './kernel-links.ts';
import { type ServingHost, servingHost } from './serving-host.ts';

const ADDRESSING = [
  {
    subnet: '10.20.0.0/24',
    gateway: '10.20.0.1',
    dhcp: { ranges: ['10.20.0.100-10.20.0.199'] },
    routes: [{ to: '10.99.0.0/16', via: '10.20.0.254' }],
  },
  { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', slaac: true },
];
const LAB: FleetParts = {
  networks: {
    lab: { addressing: ADDRESSING, dns: { domain: 'lab.example' } },
    red: { addressing: [{ subnet: '10.30.0.0/24', gateway: '10.30.0.1', dhcp: {} }] },
  },
  host: {
    networks: {
      lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' },
      red: { type: 'virtual', bridge: 'virbr-red', forward: 'isolated' },
    },
  },
  guests: {
    web1: guest('lab', { addresses: ['10.20.0.10', 'fd00:20::10'] }),
    web2: guest('red', { addresses: ['10.30.0.10'] }),
  },
};

/** What somebody does to the host, and what the plan then says. */
const DRIFTS: [what: string, act: (host: ServingHost) => void, changes: string[]][] = [
  [
    'an address is taken off',
    ({ ns }) => ns.ip('addr del 10.20.0.1/24 dev virbr-lab\n'),
    // The kernel takes along the routes that it leads to.
    ['create route 10.99.0.0/16@virbr-lab', 'update address virbr-lab/10.20.0.1/24'],
  ],
  [
    'an IPv6 address is taken off',
    ({ ns }) => ns.ip('addr del fd00:20::1/64 dev virbr-lab\n'),
    ['update address virbr-lab/fd00:20::1/64'],
  ],
  [
    'a route is taken away',
    ({ ns }) => ns.ip('route del 10.99.0.0/16 dev virbr-lab\n'),
    ['create route 10.99.0.0/16@virbr-lab'],
  ],
  [
    'all rules are flushed',
    ({ ns }) => void ns.exec('nft', 'flush', 'ruleset'),
    ['create firewall lab', 'create firewall red', 'create firewall ~host'],
  ],
  [
    'the host accepts advertisements of guests',
    ({ ns }) => void ns.exec('sysctl', '-qw', 'net.ipv6.conf.virbr-lab.accept_ra=1'),
    ['update sysctl net/ipv6/conf/virbr-lab/accept_ra'],
  ],
  [
    'forwarding is turned off',
    ({ ns }) => void ns.exec('sysctl', '-qw', 'net.ipv4.conf.eth0.forwarding=0'),
    ['update sysctl net/ipv4/conf/eth0/forwarding'],
  ],
  [
    'IPv6 is turned off on the bridge',
    ({ ns }) => void ns.exec('sysctl', '-qw', 'net.ipv6.conf.virbr-lab.disable_ipv6=1'),
    [
      'update address virbr-lab/fd00:20::1/64',
      'update link virbr-lab',
      'update sysctl net/ipv6/conf/virbr-lab/disable_ipv6',
    ],
  ],
  ['the bridge is set down', ({ ns }) => ns.ip('link set dev virbr-red down\n'), ['update link virbr-red']],
];

describeNeeding(['root', 'nft', 'dnsmasq'], 'drift in what serves a network', () => {
  it('is found and repaired, and no guest is unplugged by it', { timeout: 180_000 }, async () => {
    const host = await servingHost();
    host.want(LAB);
    await host.converge();
    await holdTap(host, 'web1-eth0');
    const before = indexes(host.links());
    const red = dnsmasqOf(host, 'red');
    for (const [what, act, changes] of DRIFTS) {
      act(host);
      const { report } = await host.converge();
      const told = report.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
      expect([what, told.sort()]).toEqual([what, changes]);
    }
    await expectConverged(host);
    expect(indexes(host.links())).toEqual(before);
    expect(linkOf(host.links(), 'web1-eth0').master).toBe('virbr-lab');
    expect(dnsmasqOf(host, 'red')).toBe(red);
  });

  it('a dead dnsmasq is started, and the other is left in peace', { timeout: 60_000 }, async () => {
    const host = await servingHost();
    host.want(LAB);
    await host.converge();
    const [lab, red] = [dnsmasqOf(host, 'lab'), dnsmasqOf(host, 'red')];
    process.kill(lab, 'SIGKILL');
    await until('it has ended', () => !host.processes().some(({ pid }) => pid === lab));
    const { report } = await host.converge();
    expect(report.changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['service lab']);
    expect(dnsmasqOf(host, 'lab')).not.toBe(lab);
    expect(dnsmasqOf(host, 'red')).toBe(red);
  });
});

describeNeeding(['root', 'nft', 'dnsmasq'], 'a change of what is served', () => {
  it('interrupts nobody who has no part in it', { timeout: 120_000 }, async () => {
    const host = await servingHost();
    host.want(LAB);
    await host.converge();
    await holdTap(host, 'web1-eth0');
    const before = indexes(host.links());
    const [lab, red] = [dnsmasqOf(host, 'lab'), dnsmasqOf(host, 'red')];

    const guests = { ...LAB.guests, web3: guest('lab', { addresses: ['10.20.0.11'] }) };
    host.want({ ...LAB, guests });
    await host.converge();
    expect([dnsmasqOf(host, 'lab'), dnsmasqOf(host, 'red')]).toEqual([lab, red]);

    const networks = { ...LAB.networks, lab: { addressing: ADDRESSING, dns: { domain: 'other.example' } } };
    const virtual = { type: 'virtual', bridge: 'virbr-lab', forward: 'route', hostAccess: true } as const;
    host.want({ networks, guests, host: { networks: { ...LAB.host.networks, lab: virtual } } });
    const { report } = await host.converge();
    expect(report.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      'update firewall lab',
      'update service lab',
    ]);
    expect(dnsmasqOf(host, 'lab')).not.toBe(lab);
    expect(dnsmasqOf(host, 'red')).toBe(red);
    expect(indexes(host.links())).toMatchObject(before);
    await expectConverged(host);
  });

  it('is undone by teardown', { timeout: 60_000 }, async () => {
    const host = await servingHost();
    host.ns.exec('nft', 'add table inet strangers');
    host.want(LAB);
    await host.converge();
    const { status, stderr, stdout } = await host.run(['teardown', '--yes']);
    expect([stderr, status]).toEqual([expect.anything(), 0]);
    // No setting is ever reset, so people are told what goes on without the guard.
    expect(stdout).toContain('sysctl -w net/ipv4/conf/eth0/forwarding=0');
    expect(host.processes()).toEqual([]);
    expect(host.ns.exec('nft', 'list', 'ruleset').trim()).toBe('table inet strangers {\n}');
    expect(Object.keys(host.links()).sort()).toEqual(['eth0', 'lo']);
  });
});

function dnsmasqOf(host: ServingHost, network: string): number {
  const found = host.processes().filter(({ command }) => command.includes(`/dns/${network}/`));
  const [one, ...others] = found;
  if (one === undefined || others.length > 0) {
    throw new Error(`${found.length} processes serve ${network}: ${JSON.stringify(host.processes())}`);
  }
  return one.pid;
}
