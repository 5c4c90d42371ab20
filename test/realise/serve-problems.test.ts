import { describe, expect, it } from 'vitest';
import type { Realisation } from '../../src/desired/documents.ts';
import type { ForeignDrop, HostState, LinkState } from '../../src/model/host.ts';
import { nic, planInMemory } from '../support/host.ts';
import { codes, find, having, ids, labOn, realise, route, servingHost } from './served-host.ts';

const NAT: Realisation = { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' };
const eth0 = nic(2, 'eth0', having('192.0.2.7/24', '2001:db8::7/64'));
const fleet = labOn(NAT);

function problems(...args: Parameters<typeof servingHost>) {
  return realise(fleet, servingHost(...args)).problems;
}

describe('a subnet that the host has already', () => {
  it.each([
    ['an address within it', nic(3, 'eth1', having('10.20.0.9/30'))],
    ['an address of a network around it', nic(3, 'eth1', having('10.1.2.3/8'))],
    ['an IPv6 address', nic(3, 'eth1', having('fd00:20::9/64'))],
    [
      'a peer',
      nic(3, 'tun0', {
        addresses: [
          { ...having('10.9.9.9/32').addresses?.[0], peer: '10.20.0.77' },
        ] as LinkState['addresses'],
      }),
    ],
  ])('is refused: %s', (_, link) => {
    const found = problems([eth0, link]);
    expect(found.map(({ code }) => code)).toEqual(['subnet-overlaps-host']);
    expect(found[0]?.message).toContain(link.name);
    expect(found[0]?.source).toMatchObject({ file: 'Network/lab.yaml' });
  });

  it.each([
    ['a route around it', route('10.0.0.0/8', 'eth0', { gateway: '192.0.2.1' })],
    ['a route within it', route('fd00:20::80/121', 'eth0')],
    ['the route of a prefix that a router advertised', route('fd00:20::/48', 'eth0', { protocol: 2 })],
  ])('is refused: %s', (_, one) => {
    expect(problems([eth0], { routes: [one] }).map(({ code }) => code)).toEqual(['subnet-overlaps-host']);
  });

  it.each([
    ['a default route', route('0.0.0.0/0', 'eth0', { gateway: '192.0.2.1' })],
    ['its neighbour', route('10.20.1.0/24', 'eth0')],
    ['one of our own', route('10.20.0.128/25', 'virbr-lab', { protocol: 112 })],
    ['one of another table', route('10.20.0.0/24', 'eth0', { table: 100 })],
    ['what leads nowhere', route('10.0.0.0/8', 'lo', { type: 'blackhole' })],
    ['what stands on the network itself', route('10.20.0.0/24', 'virbr-lab', { protocol: 2 })],
  ])('is not: %s', (_, one) => {
    expect(problems([eth0], { routes: [one] })).toEqual([]);
  });

  it('is left as it stands, and the other subnet is served', () => {
    const realised = realise(fleet, servingHost([eth0, nic(3, 'eth1', having('10.20.0.9/24'))]));
    expect([...realised.unplanned]).toEqual(['address:virbr-lab/10.20.0.1/24']);
    expect(ids(realised)).toContain('address:virbr-lab/fd00:20::1/64');
    expect(find(realised, 'service', 'lab').needs.map(({ id }) => id)).not.toContain(
      'address:virbr-lab/10.20.0.1/24',
    );
  });

  it('leaves the network what it had before, all of it, so that no guest is cut for a slip', () => {
    const altnames = ['plumbline:gateway:10.9.0.1-24@virbr-lab', 'plumbline:gateway:fd00:20::1-64@virbr-lab'];
    const bridge = nic(4, 'virbr-lab', { ...having('10.9.0.1/24', 'fd00:20::1/64'), altnames });
    const rules = [{ chain: 'input' as const, text: 'ours', expr: [{ accept: null }] }];
    const own = route('10.99.0.0/16', 'virbr-lab', { protocol: 112, gateway: '10.9.0.254' });
    const state = servingHost([eth0, nic(3, 'eth1', having('10.20.0.9/24')), bridge], {
      routes: [own],
      firewall: { owners: [{ owner: 'lab', link: 'virbr-lab', rules }], whole: true },
    });
    expect([...realise(fleet, state).unplanned].sort()).toEqual([
      'address:virbr-lab/10.20.0.1/24',
      'address:virbr-lab/10.9.0.1/24',
      'firewall:lab',
      'route:10.99.0.0/16@virbr-lab',
      'service:lab',
    ]);
  });

  it('that came later than the network leaves its rules and names to be kept true', () => {
    const altnames = ['plumbline:gateway:10.20.0.1-24@virbr-lab'];
    const bridge = nic(4, 'virbr-lab', { ...having('10.20.0.1/24'), altnames });
    const realised = realise(fleet, servingHost([eth0, nic(3, 'eth1', having('10.20.0.9/24')), bridge]));
    expect([...realised.unplanned]).toEqual(['address:virbr-lab/10.20.0.1/24']);
  });

  it('is free as soon as a link that served it is to give it up', () => {
    const old = nic(3, 'virbr-old', {
      ...having('10.20.0.1/24'),
      altnames: ['plumbline:gateway:10.20.0.1-24@virbr-old'],
    });
    const kernels = route('10.20.0.0/24', 'virbr-old', { protocol: 2, scope: 253, source: '10.20.0.1' });
    expect(problems([eth0, old], { routes: [kernels] })).toEqual([]);
  });

  it('says what to do where the host made it for itself by an advertisement', () => {
    const made = having('fd00:20::abcd/64').addresses?.map((one) => ({ ...one, origin: 'dynamic' as const }));
    const [found] = problems([eth0, nic(3, 'eth1', { addresses: made ?? [] })]);
    expect(found).toMatchObject({
      code: 'subnet-overlaps-host',
      hint: expect.stringContaining('sysctl -w net.ipv6.conf.eth1.accept_ra=0'),
    });
  });

  it('says so when it is the gateway itself', () => {
    const [found] = problems([eth0, nic(3, 'eth1', having('10.20.0.1/32'))]);
    expect(found).toMatchObject({ code: 'gateway-elsewhere', severity: 'error' });
    expect(found?.message).toContain('eth1');
  });
});

describe('a program that is missing', () => {
  it('is named with its package: dnsmasq, and the rest goes on', () => {
    const realised = realise(fleet, servingHost([eth0], { missing: ['dnsmasq'] }));
    expect(realised.problems).toMatchObject([
      { code: 'program-missing', hint: expect.stringContaining('dnsmasq-base') },
    ]);
    expect([...realised.unplanned]).toEqual(['service:lab']);
    expect(ids(realised)).toContain('address:virbr-lab/10.20.0.1/24');
  });

  it('is named with its package: nft, and no address is given that counts on rules', () => {
    const state = servingHost([eth0], { missing: ['nft'], firewallUnavailable: 'not installed' });
    const { plan } = planInMemory(fleet, 'h', state);
    expect(plan.problems).toMatchObject([
      { code: 'program-missing', hint: expect.stringContaining('nftables'), source: { file: 'Host/h.yaml' } },
    ]);
    const open = plan.changes.filter(({ gate }) => gate.is === 'open').map(({ id }) => id);
    expect(open).toEqual([
      'link:virbr-lab',
      'link:web1-e0',
      'sysctl:net/ipv6/conf/virbr-lab/accept_ra',
      'sysctl:net/ipv6/conf/virbr-lab/autoconf',
      'sysctl:net/ipv6/conf/virbr-lab/disable_ipv6',
    ]);
  });

  it('is no matter where nothing needs it', () => {
    const lone = labOn({ type: 'virtual', bridge: 'virbr-lab', forward: 'open' }, {});
    expect(realise(lone, servingHost([], { missing: ['dnsmasq'] })).problems).toEqual([]);
  });

  it('is told apart from rules that cannot be read', () => {
    const found = problems([eth0], { firewallUnavailable: 'Operation not permitted' });
    expect(found).toMatchObject([
      { code: 'firewall-unreadable', message: expect.stringContaining('not permitted') },
    ]);
    const { plan } = planInMemory(fleet, 'h', servingHost([eth0], { firewallUnavailable: 'not permitted' }));
    const reasons = plan.changes.flatMap(({ gate }) => (gate.is === 'blocked' ? (gate.why ?? []) : []));
    expect(new Set(reasons)).toContain("needs the host's own firewall rules, which could not be read");
    expect(reasons.join()).not.toMatch(/~host|does not stand/);
  });
});

describe('the way out', () => {
  it('is missing where the named device is, and then there is none', () => {
    const realised = realise(labOn({ ...NAT, device: 'eth9' }), servingHost([eth0]));
    expect(realised.problems).toMatchObject([
      { code: 'device-missing', severity: 'error', message: expect.stringContaining('eth9') },
    ]);
    expect(ids(realised)).not.toContain('sysctl:net/ipv4/conf/eth0/forwarding');
  });

  it('is the named device alone', () => {
    const links = [eth0, nic(3, 'eth1', having('198.51.100.7/24'))];
    const out = (realisation: Realisation) =>
      ids(realise(labOn(realisation), servingHost(links))).filter((id) =>
        /eth[0-9]\/(force_)?forwarding$/.test(id),
      );
    expect(out({ ...NAT, device: 'eth1' })).toEqual([
      'sysctl:net/ipv4/conf/eth1/forwarding',
      'sysctl:net/ipv6/conf/eth1/force_forwarding',
    ]);
    expect(out(NAT)).toEqual([
      'sysctl:net/ipv4/conf/eth0/forwarding',
      'sysctl:net/ipv4/conf/eth1/forwarding',
      'sysctl:net/ipv6/conf/eth0/force_forwarding',
    ]);
  });
});

describe('forwarding of IPv6', () => {
  const advertised = route('::/0', 'eth0', { protocol: 9, gateway: 'fe80::1' });
  const settings = { 'net/ipv6/conf/eth0/accept_ra': '1' };

  it('is refused while that would cost the host its routes', () => {
    const realised = realise(fleet, servingHost([eth0], { routes: [advertised], sysctls: settings }));
    expect(realised.problems).toMatchObject([
      { code: 'ipv6-routes-would-go', hint: expect.stringContaining('net.ipv6.conf.eth0.accept_ra=2') },
    ]);
    expect(ids(realised).filter((id) => id.startsWith('sysctl:net/ipv6') && id.includes('forward'))).toEqual(
      [],
    );
    expect(ids(realised)).toContain('sysctl:net/ipv4/conf/eth0/forwarding');
  });

  it.each([
    ['the interface is told to keep them', { 'net/ipv6/conf/eth0/accept_ra': '2' }],
    ['a program of the host sees to them', { 'net/ipv6/conf/eth0/accept_ra': '0' }],
    ['it is on already', { ...settings, 'net/ipv6/conf/virbr-lab/forwarding': '1' }],
  ])('is not: %s', (_, sysctls) => {
    expect(problems([eth0], { routes: [advertised], sysctls })).toEqual([]);
  });

  it('is for all interfaces before Linux 6.17, with a sign that it was us', () => {
    const old = { 'net/ipv6/conf/all/force_forwarding': null };
    const realised = realise(fleet, servingHost([eth0], { sysctls: old }));
    const names = ids(realised).filter((id) => id.startsWith('sysctl:net/ipv6') && id.includes('forward'));
    expect(names).toEqual([
      'sysctl:net/ipv6/conf/all/forwarding',
      'sysctl:net/ipv6/conf/default/forwarding',
      'sysctl:net/ipv6/conf/virbr-lab/forwarding',
    ]);
    const sign = find(realised, 'sysctl', 'net/ipv6/conf/default/forwarding');
    expect([sign.spec.value, sign.needs.map(({ id }) => id)]).toEqual([
      '0',
      ['firewall:~host', 'firewall:lab', 'sysctl:net/ipv6/conf/all/forwarding'],
    ]);
  });
});

describe('the guard', () => {
  const families = (sysctls: Record<string, string | null>) => {
    const realised = realise(fleet, servingHost([eth0], { sysctls }));
    if (!ids(realised).includes('firewall:~host')) return [];
    return find(realised, 'firewall', '~host').spec.rules.map(({ text }) => /IPv[46]/.exec(text)?.[0]);
  };

  it.each([
    ['the machine is no router', {}, ['IPv4', 'IPv6']],
    ['it is one for IPv4', { 'net/ipv4/ip_forward': '1' }, ['IPv6']],
    ['it is one for both', { 'net/ipv4/ip_forward': '1', 'net/ipv6/conf/all/forwarding': '1' }, []],
    [
      'it is one for IPv6 by our doing',
      { 'net/ipv6/conf/all/force_forwarding': null, 'net/ipv6/conf/all/forwarding': '1' },
      ['IPv4', 'IPv6'],
    ],
    [
      'it is one for IPv6 by somebody else, on an old kernel',
      {
        'net/ipv6/conf/all/force_forwarding': null,
        'net/ipv6/conf/all/forwarding': '1',
        'net/ipv6/conf/default/forwarding': '1',
      },
      ['IPv4'],
    ],
  ])('keeps apart what nobody asked to connect: %s', (_, sysctls, expected) => {
    expect(families(sysctls)).toEqual(expected);
  });
});

describe('the guard of links that were forwarded once', () => {
  const isolated = labOn({ ...NAT, forward: 'isolated' });
  const sysctls = { 'net/ipv4/conf/eth0/forwarding': '1', 'net/ipv4/conf/eth1/forwarding': '0' };
  const links = [eth0, nic(3, 'eth1', having('198.51.100.7/24'))];

  it('stays as long as something is served', () => {
    const owners = [{ owner: '~host', link: null, rules: [] }];
    const realised = realise(isolated, servingHost(links, { sysctls, firewall: { owners, whole: true } }));
    expect(find(realised, 'firewall', '~host').spec.rules.map(({ text }) => text)).toEqual([
      'this host routes IPv4 from eth0 to its networks only',
    ]);
  });

  it('is not made for what somebody else forwards', () => {
    expect(ids(realise(isolated, servingHost(links, { sysctls })))).not.toContain('firewall:~host');
  });
});

describe("another program's rules", () => {
  const docker: ForeignDrop = { family: 'ip', table: 'filter', chain: 'FORWARD', spares: [] };

  it('are told of, with what to do about them', () => {
    const [found, ...others] = problems([eth0], { foreignDrops: [docker] });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'foreign-firewall-drops',
      severity: 'warning',
      message: expect.stringContaining('ip filter FORWARD'),
      hint: expect.stringContaining('iptables -I DOCKER-USER -i virbr-lab -j ACCEPT'),
    });
  });

  it.each([
    ['the link is let through', { ...docker, spares: ['virbr-*'] }, fleet],
    ['nothing is forwarded', docker, labOn({ ...NAT, forward: 'isolated' })],
    [
      'it is of a family that the network has not',
      { ...docker, family: 'ip6' },
      labOn(NAT, { addressing: [{ subnet: '10.20.0.0/24', gateway: '10.20.0.1' }] }),
    ],
  ])('are no matter where %s', (_, drop, documents) => {
    expect(codes(realise(documents, servingHost([eth0], { foreignDrops: [drop] })))).toEqual([]);
  });
});

describe('a kernel without IPv6', () => {
  const off = Object.fromEntries(
    ['all/forwarding', 'default/forwarding', 'all/force_forwarding'].map((name) => [
      `net/ipv6/conf/${name}`,
      null,
    ]),
  );
  const state: HostState = { ...servingHost([eth0], { sysctls: off }), ipv6: false };
  const managed: Realisation = { type: 'bridge', bridge: 'virbr-lab', manage: true, serve: {} };

  it('cannot serve a subnet of it, and says so', () => {
    const realised = realise(fleet, state);
    expect(codes(realised)).toEqual(['no-ipv6']);
    expect(ids(realised).filter((id) => id.includes('ipv6') || id.includes('fd00'))).toEqual([]);
  });

  it('serves the other subnet, by a dnsmasq that starts there', () => {
    const { config } = find(realise(fleet, state), 'service', 'lab').spec;
    expect(config.join('\n')).toMatch(/^dhcp-range=.*10\.20\.0\.100/m);
    expect(config.join('\n')).not.toMatch(/fd00|enable-ra/);
  });

  it.each([
    ['virtual', NAT],
    ['managed', managed],
  ])('a %s bridge is not asked for a link-local address, which would never come', (_, realisation) => {
    const linkLocal = (on: HostState) => find(realise(labOn(realisation), on), 'link', 'virbr-lab').spec;
    expect(linkLocal(servingHost([eth0]))).toMatchObject({ linkLocal: true });
    expect(linkLocal(state)).toMatchObject({ linkLocal: null });
  });
});
