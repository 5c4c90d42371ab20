import { expect, test } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { type AddressHost, addressHost, movingHost } from './address-host.ts';
import { wrapIp } from './ip-wrapper.ts';
import { expectConverged } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';
import { startTalk } from './talk.ts';

const bare = { networks: { lan: { type: 'bridge', bridge: 'br0', manage: true } } } as const;

/** Every address that the host had is on one of its links, and none is on none. */
function expectNoneLost(host: AddressHost, before: ReturnType<AddressHost['own']>): void {
  const shown = host.ns.exec('ip', '-o', 'addr', 'show');
  for (const { local } of before.addresses) expect(shown).toContain(` ${local}`);
}

describeNeeding(['root'], 'the host’s own addresses', () => {
  test('go to the bridge with all their routes, and come back as they were', async () => {
    const host = await addressHost();
    const before = host.own('eth0');
    const mac = linkOf(host.links(), 'eth0').address;
    host.want({ host: movingHost() });
    await host.converge();
    expect(host.own('br0')).toEqual(before);
    expect(host.own('eth0').addresses).toMatchObject([{ scope: 'link' }]);
    expect(host.own('eth0').routes).toEqual([]);
    expect(linkOf(host.links(), 'br0').address).toBe(mac);
    await expectConverged(host);

    host.want({ host: bare });
    await host.converge();
    expect(host.own('eth0')).toEqual(before);
    expect(host.own('br0')).toEqual({ addresses: [], routes: [] });
    expect(linkOf(host.links(), 'br0').address).not.toBe(mac);
    await expectConverged(host);

    host.want({ host: movingHost() });
    await host.converge();
    expect((await host.run(['teardown', '--yes'])).status).toBe(0);
    expect(host.own('eth0')).toEqual(before);
    expect(host.links().br0).toBeUndefined();
  });

  test('keep a TCP connection of either family through there and back', async () => {
    const host = await addressHost();
    const talks = await Promise.all(
      ['192.0.2.1', '2001:db8::1'].map((to) => startTalk(host.ns, host.router, to)),
    );
    for (const documents of [movingHost(), bare, movingHost()]) {
      host.want({ host: documents });
      await host.converge();
      const heard = talks.map((talk) => talk.answers());
      await until('both connections go on', () =>
        talks.every((talk, i) => talk.answers() > (heard[i] ?? 0) + 20),
      );
    }
    for (const talk of talks) expect(talk.stop().ended).toBe(false);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'are not lost by a kill before batch %i, and the next run goes on',
    async (n) => {
      const host = await addressHost();
      const before = host.own('eth0');
      host.want({ host: movingHost() });
      const killing = () =>
        wrapIp(
          host.directory,
          `bin-${process.hrtime.bigint()}`,
          `[ "$B" = ${n} ] && kill -9 $PPID && sleep 5`,
        );
      await host.run(['apply', host.desired, '--host', 'a'], killing());
      expectNoneLost(host, before);
      await host.converge();
      expect(host.own('br0')).toEqual(before);
      await expectConverged(host);

      host.want({ host: { networks: {} } });
      await host.run(['apply', host.desired, '--host', 'a'], killing());
      expectNoneLost(host, before);
      await host.converge();
      expect(host.own('eth0')).toEqual(before);
    },
  );

  test('are not lost by a batch that ends in the middle, wherever that is', async () => {
    const host = await addressHost();
    const before = host.own('eth0');
    host.want({ host: movingHost() });
    // The n-th line of the second and the third batch of a run and all after it are left out.
    for (const lines of [1, 3, 7, 11, 14, 18, 23]) {
      const path = wrapIp(
        host.directory,
        `cut-${lines}`,
        `[ "$B" -ge 2 ] && { head -n ${lines} | "$REAL" "$@"; exit 1; }`,
      );
      await host.run(['apply', host.desired, '--host', 'a'], path);
      expectNoneLost(host, before);
    }
    await host.converge();
    expect(host.own('br0')).toEqual(before);
    await expectConverged(host);
  });

  test('are put back where somebody took them away or added to them', async () => {
    const host = await addressHost();
    host.want({ host: movingHost() });
    await host.converge();
    const moved = host.own('br0');
    host.ns.ip('addr del 192.0.2.8/24 dev br0\naddr del 2001:db8::8/64 dev br0\n');
    host.ns.ip('addr add 192.0.2.99/24 dev eth0\nroute add 10.99.0.0/16 via 192.0.2.1 dev eth0\n');
    const { report } = await host.converge();
    expect(report.changes.map(({ kind, fields }) => [kind, fields.map(({ field }) => field)])).toEqual([
      ['membership', ['addresses', 'routes']],
    ]);
    const now = host.own('br0');
    const texts = (own: typeof now) => own.addresses.map(({ local }) => local).sort();
    expect(texts(now)).toEqual([...texts(moved), '192.0.2.99'].sort());
    expect(now.routes.join('\n')).toContain('10.99.0.0/16 via 192.0.2.1');
    expect(host.own('eth0').routes).toEqual([]);
    await expectConverged(host);
  });

  test('go back when the documents no longer ask for it, and what the bridge has of others stays', async () => {
    const host = await addressHost();
    const before = host.own('eth0');
    host.want({ host: movingHost() });
    await host.converge();
    host.ns.ip('addr add 172.16.0.1/24 dev br0\nroute add 172.17.0.0/16 via 172.16.0.2 dev br0\n');
    host.want({ host: { networks: { lan: { ...bare.networks.lan, uplinks: ['eth0'] } } } });
    for (let run = 0; run < 2; run += 1) {
      const { report, status } = await host.apply();
      expect([status, report.problems.map(({ code }) => code)]).toEqual([1, ['uplink-has-address']]);
      expect(host.own('eth0')).toEqual(before);
      expect(linkOf(host.links(), 'eth0').master).toBeUndefined();
    }
    expect(host.own('br0').addresses).toMatchObject([{ local: '172.16.0.1' }]);
    expect(host.own('br0').routes.join('\n')).toContain('172.17.0.0/16 via 172.16.0.2');
  });

  test.each([
    [
      'an address with a lifetime',
      'addr add 192.0.2.50/24 valid_lft 3600 preferred_lft 1800 dev eth0',
      'uplink-address-dynamic',
    ],
    ['a route by DHCP', 'route add 10.1.0.0/16 via 192.0.2.1 dev eth0 proto dhcp', 'uplink-address-dynamic'],
    [
      'a multipath route',
      'route add 10.1.0.0/16 nexthop via 192.0.2.1 dev eth0 nexthop via 192.0.2.3 dev eth0',
      'uplink-route-unsayable',
    ],
    [
      'a route for one type of service',
      'route add 10.1.0.0/16 tos 0x10 via 192.0.2.1 dev eth0',
      'uplink-route-unsayable',
    ],
  ])('are refused with %s', async (_, line, code) => {
    const host = await addressHost();
    host.ns.ip(`${line}\n`);
    const before = host.own('eth0');
    host.want({ host: movingHost() });
    const { report, status } = await host.apply();
    expect([status, report.problems.map((problem) => problem.code)]).toEqual([1, [code]]);
    expect(report.problems[0]?.source).toMatchObject({ file: 'hosts/a.yaml' });
    expect(host.own('eth0')).toEqual(before);
    expect(linkOf(host.links(), 'eth0').master).toBeUndefined();
  });

  test('of two uplinks go together, and one goes back alone', async () => {
    const host = await addressHost();
    host.ns.ip('addr add 172.20.0.1/24 dev eth1\nroute add 172.21.0.0/16 via 172.20.0.2 dev eth1\n');
    const before = { eth0: host.own('eth0'), eth1: host.own('eth1') };
    host.want({ host: movingHost({ uplinks: ['eth0', 'eth1'], loopFree: true }) });
    await host.converge();
    expect(host.own('eth1').routes).toEqual([]);
    await expectConverged(host);
    host.want({ host: movingHost() });
    await host.converge();
    expect(host.own('br0')).toEqual(before.eth0);
    expect(host.own('eth1')).toEqual(before.eth1);
    await expectConverged(host);
  });
});
