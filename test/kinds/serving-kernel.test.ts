import { beforeEach, expect, test } from 'vitest';
import type { AnyWanted } from '../../src/model/resource.ts';
import { createNamespace, type Namespace, until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { address, bridge, link, onLink, route, sysctl } from './wanted.ts';
import { type WantedHost, wantedHost } from './wanted-host.ts';

let host: WantedHost;
let ns: Namespace;
let converge: WantedHost['converge'];

beforeEach(() => {
  host = wantedHost();
  ({ ns, converge } = host);
});

const addresses = (on: string) => ns.exec('ip', '-o', 'addr', 'show', 'dev', on, 'scope', 'global');
const linkLocal = (on: string) => ns.exec('ip', '-6', '-o', 'addr', 'show', 'dev', on, 'scope', 'link');
const routes = () => ns.exec('ip', 'route', 'show') + ns.exec('ip', '-6', 'route', 'show');
const altnames = (on: string): string[] =>
  JSON.parse(ns.exec('ip', '-j', 'link', 'show', 'dev', on))[0].altnames ?? [];
const setting = (path: string) => ns.exec('cat', `/proc/sys/${path}`).trim();

const four = address('br-lab', '10.20.0.1/24');
const six = address('br-lab', 'fd00:20::1/64');
const ACCEPT_RA = 'net/ipv6/conf/br-lab/accept_ra';
const all: AnyWanted[] = [
  bridge('br-lab', { linkLocal: true }),
  four,
  six,
  route('br-lab', '10.99.0.0/16', '10.20.0.254', four),
  route('br-lab', 'fd00:99::/64', 'fd00:20::fe', six, 5),
  sysctl(ACCEPT_RA, '0', [onLink('br-lab')]),
  sysctl('net/ipv4/conf/br-lab/forwarding', '1', [onLink('br-lab')]),
];
const CREATED = all.map(({ kind, name }) => `create ${kind} ${name}`);

describeNeeding(['root'], 'what serves a network', () => {
  test('is made from nothing, and gone again with nothing left', async () => {
    ns.ip('link add name other type bridge\naddr add 172.16.0.1/24 dev other\n');
    await converge(all, CREATED);
    expect(addresses('br-lab')).toMatch(/10\.20\.0\.1\/24 brd 10\.20\.0\.255.*fd00:20::1\/64 .*nodad/s);
    expect(routes()).toMatch(/10\.99\.0\.0\/16 via 10\.20\.0\.254 dev br-lab proto 112/);
    expect(routes()).toMatch(/fd00:99::\/64 via fd00:20::fe dev br-lab proto 112 metric 5/);
    expect([setting(ACCEPT_RA), setting('net/ipv4/conf/br-lab/forwarding')]).toEqual(['0', '1']);
    expect(altnames('br-lab').sort()).toEqual([
      'plumbline:gateway:10.20.0.1-24@br-lab',
      'plumbline:gateway:fd00:20::1-64@br-lab',
    ]);
    const gone = CREATED.filter((text) => !text.includes('sysctl')).map((text) =>
      text.replace('create', 'delete'),
    );
    await converge([], gone);
    expect(ns.exec('ip', '-o', 'link', 'show')).not.toContain('br-lab');
    expect(addresses('other')).toContain('172.16.0.1/24');
  });

  test.each<[string, string[], string[]]>([
    [
      'the IPv4 address is deleted',
      ['addr del 10.20.0.1/24 dev br-lab'],
      ['update address br-lab/10.20.0.1/24', 'create route 10.99.0.0/16@br-lab'],
    ],
    [
      'the IPv6 address is deleted',
      ['addr del fd00:20::1/64 dev br-lab'],
      ['update address br-lab/fd00:20::1/64'],
    ],
    [
      'a record is gone with its address',
      [
        'addr del fd00:20::1/64 dev br-lab',
        'link property del dev br-lab altname plumbline:gateway:fd00:20::1-64@br-lab',
      ],
      ['create address br-lab/fd00:20::1/64'],
    ],
    ['a route is deleted', ['route del 10.99.0.0/16'], ['create route 10.99.0.0/16@br-lab']],
    [
      'a route has another gateway',
      ['route replace 10.99.0.0/16 via 10.20.0.7 dev br-lab proto 112'],
      ['update route 10.99.0.0/16@br-lab'],
    ],
    [
      'a second route of ours',
      ['route add 10.99.0.0/16 via 10.20.0.7 dev br-lab proto 112 metric 7'],
      ['delete route 10.99.0.0/16@br-lab metric 7 via 10.20.0.7'],
    ],
    [
      'the bridge is set down',
      ['link set dev br-lab down'],
      [
        'update link br-lab',
        'create route 10.99.0.0/16@br-lab',
        'create route fd00:99::/64@br-lab',
        'update address br-lab/fd00:20::1/64',
      ],
    ],
    ['it makes no link-local address', ['link set dev br-lab addrgenmode none'], ['update link br-lab']],
    [
      'the link-local address is deleted',
      ['link set dev br-lab addrgenmode none', 'link set dev br-lab down', 'link set dev br-lab up'],
      [
        'update link br-lab',
        'create route 10.99.0.0/16@br-lab',
        'create route fd00:99::/64@br-lab',
        'update address br-lab/fd00:20::1/64',
      ],
    ],
    [
      'the bridge is deleted',
      ['link del dev br-lab'],
      CREATED.filter((text) => !text.includes('sysctl')).concat(
        `create sysctl ${ACCEPT_RA}`,
        'create sysctl net/ipv4/conf/br-lab/forwarding',
      ),
    ],
  ])('%s: that is found and put right', async (_, does, repairs) => {
    await converge(all, CREATED);
    ns.ip(`${does.join('\n')}\n`);
    await converge(all, repairs);
    expect(addresses('br-lab')).toMatch(/10\.20\.0\.1\/24.*fd00:20::1\/64/s);
    expect(linkLocal('br-lab')).toMatch(/fe80::/);
    expect(routes()).toMatch(/10\.99\.0\.0\/16 via 10\.20\.0\.254/);
    expect(setting(ACCEPT_RA)).toBe('0');
  });

  test('a setting that somebody changed is set again, and one of a stranger is left', async () => {
    await converge(all, CREATED);
    ns.exec('sh', '-c', `echo 1 > /proc/sys/${ACCEPT_RA}; echo 1 > /proc/sys/net/ipv6/conf/lo/accept_ra`);
    await converge(all, [`update sysctl ${ACCEPT_RA}`]);
    expect(setting('net/ipv6/conf/lo/accept_ra')).toBe('1');
  });

  test('a link-local address is there as soon as it is wanted, and usable without a carrier', async () => {
    await converge([bridge('br-lab')], ['create link br-lab']);
    expect(linkLocal('br-lab')).toBe('');
    await converge([bridge('br-lab', { linkLocal: true })], ['update link br-lab']);
    expect(linkLocal('br-lab')).toMatch(/fe80::/);
    expect(linkLocal('br-lab')).not.toMatch(/tentative/);
  });

  test('it is there too where new links are to have no IPv6', async () => {
    ns.exec('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
    await converge([bridge('br-lab', { linkLocal: true })], ['create link br-lab']);
    expect(linkLocal('br-lab')).toMatch(/fe80::/);
  });

  test('turned on for all links, IPv6 forwarding stays off for new ones: the sign that nobody else did it', async () => {
    const [everywhere, fresh] = ['all', 'default'].map((name) => `net/ipv6/conf/${name}/forwarding`);
    await converge(
      [sysctl(String(everywhere), '1'), sysctl(String(fresh), '0')],
      [`update sysctl ${everywhere}`],
    );
    expect([setting(String(everywhere)), setting(String(fresh))]).toEqual(['1', '0']);
  });

  test('one that is made with the bridge is usable at once', async () => {
    await converge([bridge('br-lab', { linkLocal: true })], ['create link br-lab']);
    expect(linkLocal('br-lab')).toMatch(/fe80::/);
    expect(linkLocal('br-lab')).not.toMatch(/tentative/);
    expect([setting(ACCEPT_RA), setting('net/ipv6/conf/br-lab/autoconf')]).toEqual(['0', '0']);
  });

  test('another gateway of the same subnet comes before the old one goes, and nothing goes with that', async () => {
    const wanted = [bridge('br-lab'), four, route('br-lab', '10.99.0.0/16', '10.20.0.254', four)];
    await converge(
      wanted,
      wanted.map(({ kind, name }) => `create ${kind} ${name}`),
    );
    ns.ip('addr add 10.20.0.77/24 dev br-lab\n');
    const next = address('br-lab', '10.20.0.2/24');
    await converge(
      [bridge('br-lab'), next, route('br-lab', '10.99.0.0/16', '10.20.0.254', next)],
      ['create address br-lab/10.20.0.2/24', 'delete address br-lab/10.20.0.1/24'],
    );
    expect(addresses('br-lab')).toMatch(/10\.20\.0\.77\/24/);
    expect(addresses('br-lab')).toMatch(/10\.20\.0\.2\/24/);
    expect(addresses('br-lab')).not.toMatch(/10\.20\.0\.1\/24/);
    expect(routes()).toMatch(/10\.99\.0\.0\/16 via 10\.20\.0\.254/);
  });

  test("a stranger's bridge, addresses and routes on it stay as they are", async () => {
    ns.ip(
      'link add name br0 type bridge\nlink set dev br0 up\naddr add 10.20.0.9/24 dev br0\naddr add fd00:20::9/64 dev br0 nodad\nroute add 10.98.0.0/16 via 10.20.0.200 dev br0\n',
    );
    const before = [addresses('br0'), routes(), altnames('br0')];
    const [gateway, second] = [address('br0', '10.20.0.1/24'), address('br0', 'fd00:20::1/64')];
    const wanted = [gateway, second, route('br0', '10.99.0.0/16', '10.20.0.254', gateway)];
    await converge(
      wanted,
      wanted.map(({ kind, name }) => `create ${kind} ${name}`),
    );
    await converge(
      [],
      wanted.map(({ kind, name }) => `delete ${kind} ${name}`),
    );
    expect([addresses('br0'), routes(), altnames('br0')]).toEqual(before);
    // Ours was the first of its subnet: the stranger's, which came later, does not go with it.
    ns.ip('addr flush dev br0\n');
    await converge([gateway], ['create address br0/10.20.0.1/24']);
    ns.ip('addr add 10.20.0.9/24 dev br0\n');
    await converge([], ['delete address br0/10.20.0.1/24']);
    expect(addresses('br0')).toContain('10.20.0.9/24');
  });

  test('an address that somebody else has put there is not taken for ours, unless it may be adopted', async () => {
    ns.ip('link add name br0 type bridge\nlink set dev br0 up\naddr add 10.20.0.1/24 dev br0\n');
    const gateway = address('br0', '10.20.0.1/24');
    const refused = await host.run([gateway]);
    expect(refused.troubles).toEqual([
      expect.stringContaining(
        "name-taken: br0/10.20.0.1/24: address 10.20.0.1/24 on br0 stands there and is not Plumbline's",
      ),
    ]);
    expect(altnames('br0')).toEqual([]);
    await converge([{ ...gateway, adopt: true }], ['update address br0/10.20.0.1/24']);
    expect(altnames('br0')).toEqual(['plumbline:gateway:10.20.0.1-24@br0']);
    expect(addresses('br0')).toContain('10.20.0.1/24');
  });

  test('an address of the host that is on another link is not given to a second one', async () => {
    ns.ip('link add name eth0 type bridge\nlink set dev eth0 up\naddr add 10.20.0.1/24 dev eth0\n');
    const refused = await host.run([bridge('br-lab'), four]);
    expect(refused.troubles).toEqual([
      expect.stringContaining(
        'address-in-use: br-lab/10.20.0.1/24: the address 10.20.0.1 is taken by address 10.20.0.1/24 on eth0',
      ),
    ]);
    expect(addresses('br-lab')).toBe('');
  });

  test('an address that the kernel does not use, for another host had it, is made anew', async () => {
    const far = createNamespace();
    try {
      ns.ip(`link add name br0 type bridge
link add name v0 type veth peer name v1
link set dev v1 netns ${far.name}
link set dev v0 master br0 up
link set dev br0 up
`);
      far.ip('link set dev v1 up\naddr add fd00:20::1/64 dev v1 nodad\n');
      const wanted = address('br0', 'fd00:20::1/64');
      await converge([wanted], ['create address br0/fd00:20::1/64']);
      ns.ip('addr del fd00:20::1/64 dev br0\naddr add fd00:20::1/64 dev br0\n');
      await until('the kernel has found the other', () => addresses('br0').includes('dadfailed'));
      await converge([wanted], ['update address br0/fd00:20::1/64']);
      expect(addresses('br0')).toMatch(/fd00:20::1\/64/);
      expect(addresses('br0')).not.toMatch(/tentative|dadfailed/);
    } finally {
      far.remove();
    }
  });

  test('cut off after any step, up or down, the next run goes on, and whatever stands is recorded', async () => {
    const cuts = await host.cutOffEverywhere(all);
    expect(cuts.troubles).toEqual([]);
    // Each line of ours is a step of its own: record, add, and so on.
    expect(cuts.up).toBeGreaterThan(10);
    expect(cuts.down).toBeGreaterThan(7);
  });
});

describeNeeding(['root'], 'a macvlan of the host', () => {
  const macvlan = (parent: string, rest: object = {}) =>
    link(
      'gw_red',
      { kind: 'macvlan', up: true, mtu: 1400, mac: '5a:00:00:00:00:02', parent, mode: 'bridge', ...rest },
      [onLink(parent)],
    );
  const gateway = address('gw_red', '10.30.0.1/24');
  const forwarding = sysctl('net/ipv4/conf/gw_red/forwarding', '1', [onLink('gw_red')]);

  test('is made beside the macvtaps of guests, changed in place, and moved with all that it has', async () => {
    ns.ip(
      ['p0', 'p1']
        .map(
          (name) =>
            `link add name ${name} type veth peer name far-${name}\nlink set dev ${name} up\nlink set dev far-${name} up\n`,
        )
        .join(''),
    );
    ns.ip('link add name web1-eth0 link p0 type macvtap mode bridge\n');
    const made = [
      'create address gw_red/10.30.0.1/24',
      'create link gw_red',
      `create sysctl ${forwarding.name}`,
    ];
    await converge([macvlan('p0'), gateway, forwarding], made);
    const shown = JSON.parse(ns.exec('ip', '-j', '-d', 'link', 'show', 'dev', 'gw_red'))[0];
    expect(shown).toMatchObject({
      link: 'p0',
      mtu: 1400,
      address: '5a:00:00:00:00:02',
      group: 'default',
      ifalias: 'plumbline:Network/lab',
      linkinfo: { info_kind: 'macvlan', info_data: { mode: 'bridge' } },
    });
    expect(setting('net/ipv6/conf/gw_red/accept_ra')).toBe('0');

    for (const line of [
      'link set dev gw_red down',
      'link set dev gw_red mtu 1300',
      'link set dev gw_red address 02:00:00:00:00:01',
      'link set dev gw_red type macvlan mode private',
    ]) {
      ns.ip(`${line}\n`);
      await converge([macvlan('p0'), gateway, forwarding], ['update link gw_red']);
    }
    await converge([macvlan('p0', { mode: 'vepa' }), gateway, forwarding], ['update link gw_red']);
    expect(JSON.parse(ns.exec('ip', '-j', '-d', 'link', 'show', 'dev', 'gw_red'))[0].ifindex).toBe(
      shown.ifindex,
    );

    await converge(
      [macvlan('p1'), gateway, forwarding],
      made.map((text) => text.replace('create', 'replace')),
    );
    expect(JSON.parse(ns.exec('ip', '-j', 'link', 'show', 'dev', 'gw_red'))[0].link).toBe('p1');
    expect([addresses('gw_red').includes('10.30.0.1/24'), setting(forwarding.name)]).toEqual([true, '1']);

    await converge([], ['delete address gw_red/10.30.0.1/24', 'delete link gw_red']);
    expect(ns.exec('ip', '-o', 'link', 'show')).toContain('web1-eth0');
  });
});
