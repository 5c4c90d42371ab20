import { describe, expect, test } from 'vitest';
import { parseAddresses } from '../../../src/tools/ip/parse-addresses.ts';
import { parseRoutes } from '../../../src/tools/ip/routes.ts';

describe('routes', () => {
  test('as ip prints them', () => {
    const route = { type: '1', table: '254', protocol: '3', scope: '0', dev: 'eth0', flags: [] };
    const [first, second, lone, six] = [
      ...parseRoutes(
        [
          {
            ...route,
            dst: 'default',
            gateway: '192.0.2.1',
            table: '100',
            metric: 50,
            metrics: [{ mtu: 1400 }],
          },
          { ...route, dst: '10.0.0.0/8', prefsrc: '192.0.2.7', flags: ['onlink', 'linkdown'] },
          { ...route, dst: '10.9.9.9', type: '2', scope: '254' },
        ],
        4,
      ),
      ...parseRoutes([{ ...route, dst: 'default', gateway: 'fe80::1', pref: 'high' }], 6),
    ];
    expect(first).toMatchObject({
      destination: '0.0.0.0/0',
      gateway: '192.0.2.1',
      table: 100,
      metric: 50,
      metrics: [['mtu', 1400]],
      unsayable: [],
    });
    expect(second).toMatchObject({ source: '192.0.2.7', onlink: true, metric: null, unsayable: [] });
    expect(lone).toMatchObject({ destination: '10.9.9.9/32', type: 'local', scope: 254 });
    expect(six).toMatchObject({ family: 6, destination: '::/0', preference: 'high' });
  });

  test.each([
    ['more than one next hop', { nexthops: [{ dev: 'eth0' }, { dev: 'eth1' }] }, 'nexthops'],
    ['a type of service', { dev: 'eth0', tos: '0x10' }, 'tos'],
    ['an encapsulation', { dev: 'eth0', encap: 'mpls' }, 'encap'],
    ['a next hop of the other family', { dev: 'eth0', via: { family: 'inet6', host: 'fe80::1' } }, 'via'],
    ['a metric of no number', { dev: 'eth0', metrics: [{ congctl: 'bbr' }] }, 'metrics'],
    ['an end', { dev: 'eth0', expires: 1700 }, 'expires'],
  ])('with %s cannot be said again', (_, more, word) => {
    const [route] = parseRoutes([{ type: '1', dst: '10.0.0.0/8', flags: [], ...more }], 4);
    expect(route?.unsayable).toEqual([word]);
    expect(route?.devices).toContain('eth0');
  });

  test('that go out by no link, and what is no route, are left out', () => {
    expect(parseRoutes([{ type: '7', dst: '172.17.0.0/16' }, { dst: 'x', dev: 'eth0' }, 5, null], 4)).toEqual(
      [],
    );
    expect(parseRoutes('nothing', 6)).toEqual([]);
  });
});

describe('addresses', () => {
  const forever = { valid_life_time: 4294967295, preferred_life_time: 4294967295 };

  test('with all that is needed to make them anew', () => {
    const addr_info = [
      {
        local: '192.0.2.7',
        prefixlen: 24,
        broadcast: '192.0.2.255',
        scope: '0',
        label: 'eth0:1',
        ...forever,
      },
      {
        local: '192.0.2.9',
        address: '192.0.2.10',
        prefixlen: 32,
        metric: 7,
        scope: '253',
        label: 'eth0',
        ...forever,
      },
      { local: 'fe80::1', prefixlen: 64, scope: '253', noprefixroute: true, deprecated: true, ...forever },
    ];
    expect(parseAddresses({ ifname: 'eth0', addr_info })).toMatchObject([
      { family: 4, label: ':1', broadcast: '192.0.2.255', peer: null, origin: 'static' },
      { peer: '192.0.2.10', metric: 7, scope: 253, label: '' },
      { family: 6, noPrefixRoute: true, deprecated: true },
    ]);
  });

  test.each([{ dynamic: true }, { valid_life_time: 3600 }, { mngtmpaddr: true }, { temporary: true }])(
    '%o is not static',
    (more) => {
      const info = { local: '2001:db8::7', prefixlen: 64, scope: '0', ...forever, ...more };
      expect(parseAddresses({ ifname: 'eth0', addr_info: [info] })).toMatchObject([{ origin: 'dynamic' }]);
    },
  );
});
