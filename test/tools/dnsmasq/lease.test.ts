import { expect, test } from 'vitest';
import type { Reservation, Serving } from '../../../src/desired/serving.ts';
import type { ServiceSpec } from '../../../src/model/specs.ts';
import { dnsmasqSpec } from '../../../src/realise/dnsmasq.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { makeDhcp, makeServing, makeSubnet } from '../../support/serving.ts';
import { lease4, lease6, resolve, serviceHost } from './service-host.ts';

const WEB1: Reservation = {
  guest: 'web1',
  interface: 'eth0',
  mac: '52:54:00:00:00:10',
  name: 'web1',
  addresses: ['10.20.0.10', 'fd00:20::10'],
};
const BOTH = [
  makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp: makeDhcp('10.20.0.100-10.20.0.199') }),
  makeSubnet('fd00:20::/64', 'fd00:20::1', { dhcp: makeDhcp('fd00:20::100-fd00:20::1ff') }),
];

function spec(rest: Partial<Serving> = {}, mtu: number | null = null): ServiceSpec {
  const made = dnsmasqSpec(makeServing(rest), { link: 'br0', mtu });
  if (made === null) throw new Error('nothing to serve');
  return made;
}

describeNeeding(['root', 'dnsmasq', 'dhcp'], 'what guests are told', () => {
  test('a stranger gets an address of the range, a guest its own, by its MAC and whatever it calls itself', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24', 'fd00:20::1/64');
    await host.start('lab', spec({ subnets: BOTH, reservations: [WEB1] }, 1400));
    const web1 = host.guest('br0', WEB1.mac);
    const stranger = host.guest('br0', '52:54:00:00:00:99');

    expect(lease4(host, web1, '-O', 'mtu')).toMatchObject({
      ip: '10.20.0.10',
      mask: '24',
      router: '10.20.0.1',
      dns: '10.20.0.1',
      domain: 'red.example',
      hostname: 'web1',
      mtu: '1400',
      lease: '3600',
    });
    // As a guest that is installed anew: another client identifier, while the old lease stands.
    expect(lease4(host, web1, '-x', '61:deadbeef')).toMatchObject({ ip: '10.20.0.10' });
    expect(lease4(host, stranger)?.ip).toMatch(/^10\.20\.0\.1\d\d$/);
    expect(lease6(host, web1)).toBe('fd00:20::10');
    expect(lease6(host, stranger)).toMatch(/^fd00:20::1[0-9a-f]{2}$/);
  });

  test('a guest with addresses in two subnets gets that of the one by DHCP, and has its names by all', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.21.0.1/24', '10.20.0.1/24');
    const subnets = [
      makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp: makeDhcp() }),
      makeSubnet('10.21.0.0/24', '10.21.0.1', { dhcp: makeDhcp() }),
    ];
    const addresses = ['10.21.0.7', '10.21.0.8', '10.20.0.7'];
    await host.start('lab', spec({ subnets, reservations: [{ ...WEB1, addresses }] }));
    const lease = lease4(host, host.guest('br0', WEB1.mac));
    expect(['10.20.0.7', '10.21.0.7']).toContain(lease?.ip);
    expect(lease?.router).toBe(lease?.ip?.replace('.7', '.1'));
  });

  test('without ranges only guests that git knows are answered', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24', 'fd00:20::1/64');
    const subnets = BOTH.map((subnet) => ({ ...subnet, dhcp: makeDhcp() }));
    await host.start('lab', spec({ subnets, reservations: [WEB1] }));
    const web1 = host.guest('br0', WEB1.mac);
    const stranger = host.guest('br0', '52:54:00:00:00:99');
    expect(lease4(host, stranger, '-t', '4')).toBeNull();
    expect(lease4(host, web1)).toMatchObject({ ip: '10.20.0.10' });
    expect(lease6(host, web1)).toBe('fd00:20::10');
  });

  test('names go both ways, and others of the subnet and the domain do not leave', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24', 'fd00:20::1/64');
    const domain = {
      enabled: true,
      domain: 'red.example',
      forwarders: [],
      localOnly: true,
      records: [
        { is: 'address', name: 'files', addresses: ['10.20.0.5', 'fd00:20::5'] },
        { is: 'cname', name: 'www', target: 'web1' },
        { is: 'txt', name: 'note', texts: ['v=1; "a" \\ # b, c', 'second'] },
        {
          is: 'srv',
          service: 'ldap',
          protocol: 'tcp',
          domain: null,
          target: 'files',
          port: 389,
          priority: 1,
          weight: 2,
        },
      ],
    } as const;
    await host.start('lab', spec({ subnets: BOTH, reservations: [WEB1], dns: domain }));
    const guest = host.guest('br0', '52:54:00:00:00:99');
    guest.exec('ip', 'addr', 'add', '10.20.0.50/24', 'dev', 'eth0');
    const ask = (...question: [Parameters<typeof resolve>[2], string]) =>
      resolve(guest, '10.20.0.1', ...question);

    expect(ask('resolve4', 'web1.red.example')).toEqual(['10.20.0.10']);
    expect(ask('resolve6', 'web1.red.example')).toEqual(['fd00:20::10']);
    expect(ask('resolve4', 'web1')).toEqual(['10.20.0.10']);
    expect(ask('reverse', '10.20.0.10')).toEqual(['web1.red.example']);
    expect(ask('reverse', 'fd00:20::10')).toEqual(['web1.red.example']);
    expect(ask('resolve4', 'files.red.example')).toEqual(['10.20.0.5']);
    expect(ask('resolveCname', 'www.red.example')).toEqual(['web1.red.example']);
    expect(ask('resolve4', 'www')).toEqual(['10.20.0.10']);
    expect(ask('resolveTxt', 'note.red.example')).toEqual([['v=1; "a" \\ # b, c', 'second']]);
    // Later Nodes say the type too.
    expect(ask('resolveSrv', '_ldap._tcp.red.example')).toMatchObject([
      { name: 'files.red.example', port: 389, priority: 1, weight: 2 },
    ]);
    // Answered here: what is forwarded in this namespace is refused, for there is nobody to ask.
    expect(ask('resolve4', 'nobody.red.example')).toBe('ENOTFOUND');
    const unknown = { ours: '77.0.20.10.in-addr.arpa', others: '77.0.21.10.in-addr.arpa' };
    expect(ask('resolvePtr', unknown.ours)).toBe('ENOTFOUND');
    expect(ask('resolvePtr', unknown.others)).toBe('EREFUSED');
  });

  test('router advertisements give an address and a default route', async () => {
    const host = serviceHost();
    host.bridge('br0', 'fd00:20::1/64');
    const subnets = [makeSubnet('fd00:20::/64', 'fd00:20::1', { slaac: true })];
    await host.start('lab', spec({ subnets }, 1400));
    const guest = host.guest('br0', '52:54:00:00:00:10');
    await until('an address by SLAAC', () =>
      guest.exec('ip', '-6', 'addr', 'show', 'dev', 'eth0').includes('fd00:20::5054:ff:fe00:10/64'),
    );
    expect(guest.exec('ip', '-6', 'route', 'show', 'default')).toContain('via fe80:');
    expect(guest.exec('sysctl', '-n', 'net/ipv6/conf/eth0/mtu').trim()).toBe('1400');
  });

  test('an isolated network offers no way out', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24', 'fd00:20::1/64');
    const subnets = BOTH.map((subnet) => ({ ...subnet, slaac: subnet.family === 6 }));
    await host.start('lab', spec({ subnets, forward: 'isolated', reservations: [WEB1] }));
    const guest = host.guest('br0', '52:54:00:00:00:99');
    const lease = lease4(host, guest);
    expect(lease?.ip).toMatch(/^10\.20\.0\.1\d\d$/);
    expect(lease?.router).toBeUndefined();
    await until('an address by SLAAC', () =>
      guest.exec('ip', '-6', 'addr', 'show', 'dev', 'eth0').includes('fd00:20::5054:ff:fe00:99/64'),
    );
    expect(guest.exec('ip', '-6', 'route', 'show', 'default')).toBe('');
    expect(resolve(guest, '10.20.0.1', 'resolve4', 'web1')).toEqual(['10.20.0.10']);
    expect(resolve(guest, '10.20.0.1', 'resolve4', 'example.org')).toBe('EREFUSED');
  });

  test('a subnet without a gateway has no default route', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.2/24');
    const subnets = [makeSubnet('10.20.0.0/24', null, { dhcp: makeDhcp('10.20.0.100-10.20.0.199') })];
    await host.start('lab', spec({ mac: null, subnets }));
    const lease = lease4(host, host.guest('br0', '52:54:00:00:00:99'));
    expect(lease).toMatchObject({ dns: '10.20.0.2' });
    expect(lease?.router).toBeUndefined();
  });

  test('options of the documents go before ours', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    const options = [
      { option: 'router', value: '10.20.0.254' },
      { option: '26', value: '1300' },
      { option: 'bootfile-name', value: 'a "b" #c' },
    ];
    const dhcp = { ...makeDhcp('10.20.0.100-10.20.0.199'), leaseTime: '2h', options };
    const subnets = [makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp })];
    await host.start('lab', spec({ subnets }, 1400));
    const guest = host.guest('br0', '52:54:00:00:00:99');
    expect(lease4(host, guest, '-O', 'mtu', '-O', 'bootfile')).toMatchObject({
      router: '10.20.0.254',
      mtu: '1300',
      lease: '7200',
      bootfile: 'a "b" #c',
    });
  });
});
