import { beforeAll, describe, expect, it } from 'vitest';
import type { Serving } from '../../../src/desired/serving.ts';
import type { NftOp } from '../../../src/model/step.ts';
import { firewallRules } from '../../../src/realise/firewall.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type Machine, servingOf, withNetworks } from './networks.ts';
import type { Answer } from './speaker.ts';

const CLOSED = ['EHOSTUNREACH', 'EACCES'];
const NAT_A = 1;
const NAT_B = 2;
const ROUTE_A = 3;
const ROUTE_B = 4;
const ISOLATED = 5;
const OPEN = 6;

function rulesOf(one: Serving): NftOp {
  const rules = firewallRules(one, { outside: { is: 'anywhere' }, island: true });
  return { do: 'set', owner: one.network, link: one.link, rules };
}

describeNeeding(['root', 'nft'], 'who reaches whom', () => {
  const net = withNetworks(6);
  beforeAll(async () => {
    const forwards = ['nat', 'nat', 'route', 'route', 'isolated', 'open'] as const;
    const results = await net.firewall(...forwards.map((forward, i) => rulesOf(servingOf(i + 1, forward))));
    for (const result of results.values()) expect(result).toEqual({ ok: true });
    for (const port of [22, 53]) await net.host.listen('tcp', port);
    for (const port of [53, 67, 123, 547]) await net.host.listen('udp', port);
  });

  const guest =
    (network: number, number = 1) =>
    () =>
      net.guest(network, number);
  const outside = () => net.outside[0];
  type Place = () => Machine;
  type Seen = 'itself' | 'the host' | 'nobody';
  /** From, to, and as whom the other sees the one who asks. */
  const cells: [string, Place, string, Place, Seen][] = [
    ['nat', guest(NAT_A), 'outside', outside, 'the host'],
    ['nat', guest(NAT_A), 'its own network', guest(NAT_A, 2), 'itself'],
    ['nat', guest(NAT_A), 'another nat', guest(NAT_B), 'nobody'],
    ['nat', guest(NAT_A), 'route', guest(ROUTE_A), 'the host'],
    ['nat', guest(NAT_A), 'isolated', guest(ISOLATED), 'nobody'],
    ['nat', guest(NAT_A), 'open', guest(OPEN), 'the host'],
    ['route', guest(ROUTE_A), 'outside', outside, 'itself'],
    ['route', guest(ROUTE_A), 'its own network', guest(ROUTE_A, 2), 'itself'],
    ['route', guest(ROUTE_A), 'nat', guest(NAT_A), 'nobody'],
    ['route', guest(ROUTE_A), 'another route', guest(ROUTE_B), 'itself'],
    ['route', guest(ROUTE_A), 'isolated', guest(ISOLATED), 'nobody'],
    ['isolated', guest(ISOLATED), 'outside', outside, 'nobody'],
    ['isolated', guest(ISOLATED), 'its own network', guest(ISOLATED, 2), 'itself'],
    ['isolated', guest(ISOLATED), 'nat', guest(NAT_A), 'nobody'],
    ['isolated', guest(ISOLATED), 'route', guest(ROUTE_A), 'nobody'],
    ['isolated', guest(ISOLATED), 'open', guest(OPEN), 'nobody'],
    ['open', guest(OPEN), 'outside', outside, 'itself'],
    ['open', guest(OPEN), 'route', guest(ROUTE_A), 'itself'],
    ['open', guest(OPEN), 'nat', guest(NAT_A), 'nobody'],
    ['outside', outside, 'nat', guest(NAT_A), 'nobody'],
    ['outside', outside, 'route', guest(ROUTE_A), 'itself'],
    ['outside', outside, 'isolated', guest(ISOLATED), 'nobody'],
    ['outside', outside, 'open', guest(OPEN), 'itself'],
    ['the host', () => net.host, 'nat', guest(NAT_A), 'the host'],
    ['the host', () => net.host, 'isolated', guest(ISOLATED), 'the host'],
  ];
  for (const [from, asker, to, asked, seen] of cells) {
    it(`${from} is seen by ${to} as ${seen}`, async () => {
      for (const version of [4, 6] as const) {
        for (const protocol of ['tcp', 'udp'] as const) {
          const answer = await asker().ask({ protocol, address: asked()[version], port: 80 });
          if (seen === 'nobody') expectClosed(answer);
          else if (seen === 'itself') expect(answer).toMatchObject({ address: asker()[version] });
          else expect(answer).toMatchObject({ address: hostNextTo(asked(), version) });
        }
      }
    });
  }

  /** The host's own address on the network of a machine. */
  function hostNextTo(machine: Machine, version: 4 | 6): string {
    return version === 4 ? machine[4].replace(/\d+$/, '1') : machine[6].replace(/:\d+$/, ':1');
  }

  function expectClosed(answer: Answer): void {
    expect('error' in answer && CLOSED.includes(answer.error) ? 'closed' : answer).toBe('closed');
  }

  it('a guest does not come as another, or as somebody from elsewhere', async () => {
    const { ns, ask } = net.guest(ROUTE_A, 1);
    ns.ip('addr add 203.0.113.7/32 dev eth0\nroute replace default via 10.3.0.1 src 203.0.113.7\n');
    net.host.ns.ip('route add 203.0.113.7/32 via 10.3.0.11\n');
    expectClosed(await ask({ protocol: 'tcp', address: outside()[4], port: 80 }));
    ns.ip('route replace default via 10.3.0.1 src 10.3.0.11\n');
    expect(await ask({ protocol: 'tcp', address: outside()[4], port: 80 })).toMatchObject({
      address: '10.3.0.11',
    });
  });

  it('a guest with a privileged port is seen with another', async () => {
    for (const version of [4, 6] as const) {
      const answer = await net
        .guest(NAT_A, 1)
        .ask({ protocol: 'tcp', address: outside()[version], port: 80, from: 600 });
      expect('port' in answer && answer.port >= 1024 ? 'unprivileged' : answer).toBe('unprivileged');
    }
  });

  it('multicast and broadcast within a network are left as they are', async () => {
    for (const group of ['224.0.0.251', null]) {
      const { heard } = await net.guest(NAT_A, 2).hear(5353, group);
      await net.guest(NAT_A, 1).shout(group ?? '255.255.255.255', 5353, 700);
      expect(await heard).toEqual({ address: '10.1.0.11', port: 700 });
    }
  });

  for (const [name, network] of [
    ['nat', NAT_A],
    ['route', ROUTE_A],
    ['isolated', ISOLATED],
  ] as const) {
    describe(`a guest of ${name}`, () => {
      const gateway = { 4: `10.${network}.0.1`, 6: `fd00:${network}::1` } as const;

      it('has names, leases and ping of the host', async () => {
        const { ask, ns } = net.guest(network, 1);
        for (const version of [4, 6] as const) {
          for (const protocol of ['tcp', 'udp'] as const) {
            expect(await ask({ protocol, address: gateway[version], port: 53 })).toHaveProperty('port');
          }
          const dhcp = version === 4 ? 67 : 547;
          expect(await ask({ protocol: 'udp', address: gateway[version], port: dhcp })).toHaveProperty(
            'port',
          );
          ns.exec('ping', '-c', '1', '-W', '5', gateway[version]);
        }
      });

      it('has nothing else of the host, by whatever address', async () => {
        const { ask } = net.guest(network, 1);
        for (const version of [4, 6] as const) {
          for (const address of [gateway[version], net.host[version]]) {
            expectClosed(await ask({ protocol: 'tcp', address, port: 22 }));
            expectClosed(await ask({ protocol: 'udp', address, port: 123 }));
          }
          expectClosed(await ask({ protocol: 'udp', address: net.host[version], port: 53 }));
        }
      });
    });
  }

  it('has the whole host where the documents say so', async () => {
    await net.firewall(rulesOf(servingOf(ISOLATED, 'isolated', { hostAccess: true })));
    const { ask } = net.guest(ISOLATED, 1);
    expect(await ask({ protocol: 'tcp', address: net.host[4], port: 22 })).toHaveProperty('port');
    expectClosed(await ask({ protocol: 'tcp', address: outside()[4], port: 80 }));
  });

  it('IPv6 of nat is routed, both ways, unless it is to be translated', async () => {
    const nat = { addresses: null, ports: null, ipv6: false };
    await net.firewall(rulesOf(servingOf(NAT_B, 'nat', { nat })));
    const one = net.guest(NAT_B, 1);
    expect(await one.ask({ protocol: 'tcp', address: outside()[6], port: 80 })).toMatchObject({
      address: one[6],
    });
    expect(await outside().ask({ protocol: 'tcp', address: one[6], port: 80 })).toMatchObject({
      address: outside()[6],
    });
    expectClosed(await outside().ask({ protocol: 'tcp', address: one[4], port: 80 }));
  });
});
