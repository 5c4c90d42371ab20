import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { loadDirectory } from '../../src/desired/load.ts';
import { desiredDirectory } from '../support/desired-directory.ts';
import { ADDRESSING_FIXTURES } from './addressing-fixtures.ts';
import { fleetFiles } from './fixtures.ts';
import { SERVED, subnet, virtual } from './served-fleet.ts';
import { SERVING_FIXTURES } from './serving-fixtures.ts';

async function problemsOf(...texts: string[]) {
  const { fleet, problems } = await loadDirectory(desiredDirectory(fleetFiles(...texts)), { cache: null });
  return { texts: problems, rules: check(fleet) };
}

describe('rules of addressing', () => {
  it('hold for the fleet that the fixtures change', async () => {
    expect(await problemsOf(SERVED)).toEqual({ texts: [], rules: [] });
  });

  it.each([...ADDRESSING_FIXTURES, ...SERVING_FIXTURES])(
    '$code at $at',
    async ({ code, with: changed, at, found, hint }) => {
      const { texts, rules } = await problemsOf(SERVED, changed);
      expect(texts).toEqual([]);
      expect(
        rules.map(({ code: told, source, path }) => `${told} ${source?.file.replace('.yaml', '')} ${path}`),
      ).toEqual([`${code} ${at}`]);
      expect(rules[0]?.severity).toBe('error');
      expect(rules[0]?.about?.length).toBeGreaterThan(0);
      if (found !== undefined) expect(rules[0]?.found).toBe(found);
      if (hint !== undefined) expect(rules[0]?.hint).toMatch(hint);
    },
  );

  it.each([
    [
      'one address and name on virtual networks of two hosts',
      `Network lab: { addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: {}')}] }
Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.10] }] }
Guest db: { host: kvm-b, interfaces: [{ name: eth0, network: bare }, { name: eth1, network: lab, addresses: [10.20.0.10] }] }
Guest db-eth1: { host: kvm-a, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.20] }] }
Host kvm-b: { networks: { bare: ${virtual('isolated', 'bridge: virbr-bare')}, lab: ${virtual('nat')} } }`,
    ],
    [
      'a lone bridge',
      `Host kvm-c: { networks: { bare: ${virtual('isolated')} } }\nHost kvm-d: { networks: { bare: ${virtual('open')} } }`,
    ],
    [
      'isolation on a virtual network',
      `Network bare: { portGroups: [{ name: a, isolated: true }] }
Host kvm-c: { networks: { bare: ${virtual('isolated')} } }
Guest x: { host: kvm-c, interfaces: [{ name: eth0, network: bare, portGroup: a }] }`,
    ],
    [
      'an address of a network without subnets',
      'Guest x: { interfaces: [{ name: eth0, network: bare, addresses: [10.9.0.9] }] }',
    ],
    [
      'one port by two protocols, or on two addresses',
      'Guest x: { host: kvm-a, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.20], publish: [{ protocol: udp, port: 8080 }, { protocol: tcp, port: 1, address: 192.0.2.1 }, { protocol: tcp, port: 1, address: 192.0.2.2 }] }] }',
    ],
    [
      'the same subnet on two hosts that serve other networks',
      `Network bare: { addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: {}')}] }\nHost kvm-c: { networks: { bare: ${virtual('nat')} } }`,
    ],
    [
      'the same subnet where one of the two is not served',
      `Network bare: { addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: {}')}] }\nHost kvm-c: { networks: { bare: { type: bridge, bridge: br0 }, lab: ${virtual('nat')} } }`,
    ],
    [
      'two subnets of one network side by side, and NAT of IPv6 alone',
      `Network bare: { addressing: [${subnet('"fd00:9::/64"', '"fd00:9::1"', 'slaac: true')}, ${subnet('"fd00:9:0:1::/80"', '"fd00:9:0:1::1"', 'dhcp: { ranges: ["fd00:9:0:1::100-fd00:9:0:1::fff"] }')}] }
Host kvm-c: { networks: { bare: ${virtual('nat', 'nat: { ipv6: true, addresses: "2001:db8::1-2001:db8::9", ports: 2000-3000 }, hostAccess: true')} } }`,
    ],
    [
      'DHCP from an address that a bridge has of its own',
      'Network bare: { addressing: [{ subnet: 10.9.0.0/24, dhcp: { options: { router: 10.9.0.254 } } }] }\nHost kvm-c: { networks: { bare: { type: bridge, bridge: br0, serve: true } } }',
    ],
    [
      'both sorts of IPv6 addresses in one subnet',
      `Network bare: { addressing: [${subnet('"fd00:9::/64"', '"fd00:9::1"', 'slaac: true, dhcp: {}')}] }`,
    ],
    [
      'STP on a virtual bridge',
      `Host kvm-c: { networks: { lab: ${virtual('nat', 'stp: true, forwardDelay: 4')} } }`,
    ],
  ])('allow %s', async (_, changed) => {
    expect(await problemsOf(SERVED, changed)).toEqual({ texts: [], rules: [] });
  });

  it.each([
    [
      'serve-needs-hairpin',
      'Host kvm-c: { networks: { red: { type: direct, mode: vepa, pool: [{ device: eth2 }], serve: { ranges: [] } } } }',
      'spec.networks.red.mode',
    ],
    [
      'unknown-cname-target',
      `Network lab: { addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: {}')}, ${subnet('"fd00:20::/64"', '"fd00:20::1"', 'slaac: true')}], dns: { records: [{ name: www, cname: www.example.org }] } }`,
      'spec.dns.records[0].cname',
    ],
  ])('warn: %s', async (code, changed, path) => {
    const { texts, rules } = await problemsOf(SERVED, changed);
    expect(texts).toEqual([]);
    expect(rules).toMatchObject([{ code, severity: 'warning', path }]);
  });

  it('tell each host that hands out what another does, once', async () => {
    const hosts = ['c', 'd', 'e'].map((name) => `Host kvm-${name}: { classes: [serving] }`);
    const { rules } = await problemsOf(
      SERVED,
      'HostClass serving: { networks: { red: { type: bridge, bridge: br0, serve: { ranges: [10.30.0.200-10.30.0.210] } } } }',
      ...hosts,
    );
    expect(rules.map(({ code, source }) => `${code} ${source?.file}`)).toEqual([
      'shared-ranges-overlap HostClass-serving.yaml',
    ]);
    expect(rules[0]?.message).toMatch(/and 1 more/);
    expect(rules[0]?.about).toEqual(['Host/kvm-c', 'Host/kvm-d', 'Host/kvm-e']);
  });

  it('say nothing of a network whose document is broken', async () => {
    const { texts, rules } = await problemsOf(SERVED, 'Network lab: { mtu: 1 }');
    expect(texts).toHaveLength(1);
    expect(rules).toEqual([]);
  });
});
