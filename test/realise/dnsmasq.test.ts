import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Serving } from '../../src/desired/serving.ts';
import { dnsmasqSpec } from '../../src/realise/dnsmasq.ts';
import { scratch } from '../support/desired-directory.ts';
import { describeNeeding } from '../support/requires.ts';
import { makeDhcp, makeServing, makeSubnet } from '../support/serving.ts';

const FOUR = makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp: makeDhcp('10.20.0.100-10.20.0.199') });
const SIX = makeSubnet('fd00:20::/64', 'fd00:20::1', { slaac: true });
const NAMES = { enabled: true, domain: null, forwarders: [], localOnly: false, records: [] };

function configOf(rest: Partial<Serving> = {}, mtu: number | null = null): readonly string[] {
  return dnsmasqSpec(makeServing(rest), { link: 'br0', mtu })?.config ?? [];
}

describe('the configuration of dnsmasq', () => {
  test('of a network with everything', () => {
    const subnets = [SIX, FOUR];
    const reservations = [
      {
        guest: 'web1',
        interface: 'eth0',
        mac: '52:54:00:00:00:10',
        name: 'web1',
        addresses: ['10.20.0.10', 'fd00:20::10'],
      },
    ];
    const spec = dnsmasqSpec(makeServing({ subnets, reservations }), { link: 'br0', mtu: 1400 });
    expect(spec).toEqual({
      link: 'br0',
      running: true,
      config: [
        'bind-dynamic',
        'interface=br0',
        'except-interface=lo',
        'no-hosts',
        'domain-needed',
        'strict-order',
        'domain=red.example',
        'local=/red.example/',
        'local=/0.0.0.0.0.0.0.0.0.2.0.0.0.0.d.f.ip6.arpa/',
        'local=/0.20.10.in-addr.arpa/',
        'dhcp-range=set:10.20.0.0_24,10.20.0.100,10.20.0.199,255.255.255.0',
        'dhcp-option=tag:10.20.0.0_24,option:router,10.20.0.1',
        'dhcp-range=set:fd00-20--_64,fd00:20::,ra-only,64',
        'dhcp-authoritative',
        'dhcp-no-override',
        'dhcp-option=option:mtu,1400',
        'enable-ra',
        'ra-param=br0,mtu:1400,0',
        'dhcp-option=option6:domain-search,red.example',
        'dhcp-lease-max=256',
        'dhcp-name-match=set:refused,wpad',
        'dhcp-ignore-names=tag:refused',
      ],
      // No DHCPv6: the address is its name's alone.
      reservations: ['52:54:00:00:00:10,id:*,10.20.0.10,web1'],
      hosts: ['10.20.0.10 web1.red.example web1', 'fd00:20::10 web1.red.example web1'],
    });
  });

  test('is the same in whatever order the subnets stand, and whoever the guests are', () => {
    const reservation = {
      guest: 'a',
      interface: 'eth0',
      mac: '52:54:00:00:00:10',
      name: 'a',
      addresses: ['10.20.0.9'],
    };
    expect(configOf({ subnets: [FOUR, SIX] })).toEqual(configOf({ subnets: [SIX, FOUR] }));
    expect(configOf({ reservations: [reservation] })).toEqual(configOf());
  });

  test('asks the forwarders and nobody else, else whoever the host asks', () => {
    expect(configOf({ dns: NAMES })).not.toContain('no-resolv');
    const forwarders = ['192.0.2.54', '192.0.2.53#5353'];
    expect(configOf({ dns: { ...NAMES, forwarders } })).toEqual(
      expect.arrayContaining(['no-resolv', 'server=192.0.2.54', 'server=192.0.2.53#5353']),
    );
    expect(configOf({ forward: 'isolated' })).toContain('no-resolv');
  });

  test('without DNS leaves its port alone; with neither there is none', () => {
    const dns = { ...NAMES, enabled: false };
    expect(configOf({ dns })).toContain('port=0');
    expect(configOf({ dns }).join()).not.toContain('local=');
    const bare = makeSubnet('10.20.0.0/24', '10.20.0.1');
    expect(dnsmasqSpec(makeServing({ dns, subnets: [bare] }), { link: 'br0', mtu: null })).toBeNull();
    expect(configOf({ subnets: [bare] }).join()).not.toContain('dhcp');
  });

  test('is none on a link of ours that has no address', () => {
    const subnets = [makeSubnet('10.20.0.0/24', null)];
    expect(dnsmasqSpec(makeServing({ subnets }), { link: 'br0', mtu: null })).toBeNull();
    expect(dnsmasqSpec(makeServing({ subnets, mac: null }), { link: 'br0', mtu: null })).not.toBeNull();
  });

  test('bounds leases by the size of the subnets', () => {
    const dhcp = makeDhcp('fd00:20::1000-fd00:20::ffff:ffff');
    const large = [FOUR, makeSubnet('fd00:20::/64', 'fd00:20::1', { dhcp })];
    expect(configOf({ subnets: large })).toContain(`dhcp-lease-max=${256 + 65_536}`);
  });

  test('refuses what would end a line', () => {
    const dhcp = { ...makeDhcp(), options: [{ option: '67', value: 'a\nport=0' }] };
    expect(() => configOf({ subnets: [{ ...FOUR, dhcp }] })).toThrow('control character');
  });
});

describeNeeding(['dnsmasq'], 'dnsmasq itself', () => {
  /** What `dnsmasq --test` says of these lines. */
  function verdict(config: readonly string[]): string {
    const file = join(scratch(), 'dnsmasq.conf');
    writeFileSync(file, config.map((line) => `${line}\n`).join(''));
    return spawnSync('dnsmasq', ['--test', `--conf-file=${file}`], { encoding: 'utf8' }).stderr.trim();
  }

  test.each<[string, Partial<Serving>]>([
    ['everything', { subnets: [FOUR, SIX] }],
    ['isolation', { subnets: [FOUR, SIX], forward: 'isolated' }],
    ['only reservations', { subnets: [FOUR, SIX].map((one) => ({ ...one, dhcp: makeDhcp() })) }],
    [
      'other hosts',
      {
        subnets: [
          {
            ...FOUR,
            dhcp: { ...makeDhcp('10.20.0.9-10.20.0.10'), others: makeDhcp('10.20.0.20-10.20.0.30').ranges },
          },
        ],
      },
    ],
    ['a lease time', { subnets: [{ ...FOUR, dhcp: { ...makeDhcp(), leaseTime: 'infinite' } }] }],
  ])('takes it: %s', (_, rest) => {
    expect(verdict(configOf(rest, 1400))).toBe('dnsmasq: syntax check OK.');
  });

  test('takes any text of the documents as a text', () => {
    const printable = fc.stringMatching(/^[\x20-\x7e]{1,80}$/);
    fc.assert(
      fc.property(fc.array(printable, { minLength: 1, maxLength: 3 }), printable, (texts, value) => {
        const records = [{ is: 'txt', name: 'note', texts } as const];
        const options = [{ option: '224', value: `x${value}` }];
        const subnets = [{ ...FOUR, dhcp: { ...makeDhcp(), options } }];
        expect(verdict(configOf({ subnets, dns: { ...NAMES, records } }))).toBe('dnsmasq: syntax check OK.');
      }),
      { numRuns: 40 },
    );
  });
});
