import { beforeAll, expect, it } from 'vitest';
import type { Serving } from '../../../src/desired/serving.ts';
import type { NftOp } from '../../../src/model/step.ts';
import { firewallRules } from '../../../src/realise/firewall.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type Machine, servingOf, withNetworks } from './networks.ts';
import { published } from './servings.ts';

function rulesOf(one: Serving): NftOp {
  const rules = firewallRules(one, { outside: { is: 'anywhere' }, island: true });
  return { do: 'set', owner: one.network, link: one.link, rules };
}

const web = [
  published('tcp', 8080, 80, ['10.1.0.11', 'fd00:1::11']),
  published('udp', 8080, 80, ['10.1.0.11', 'fd00:1::11']),
  // A guest that answers names, which must not take over those of the networks.
  published('udp', 53, 80, ['10.1.0.11', 'fd00:1::11']),
  published('tcp', 8081, 80, ['10.1.0.12'], '198.51.100.1'),
];

describeNeeding(['root', 'nft'], 'a port that the host publishes', () => {
  const net = withNetworks(3);
  beforeAll(async () => {
    await net.firewall(
      rulesOf(servingOf(1, 'nat', { published: web })),
      rulesOf(servingOf(2, 'route')),
      rulesOf(servingOf(3, 'isolated')),
    );
    await net.host.listen('udp', 53);
  });

  const outside = () => net.outside[0];
  const both = [4, 6] as const;
  const protocols = ['tcp', 'udp'] as const;

  async function expectSeen(asker: Machine, as: { 4: string; 6: string }, at: { 4: string; 6: string }) {
    for (const version of both) {
      for (const protocol of protocols) {
        const answer = await asker.ask({ protocol, address: at[version], port: 8080 });
        expect(answer).toMatchObject({ address: as[version] });
      }
    }
  }

  it('leads from outside to the guest, who sees whom it talks to', async () => {
    await expectSeen(outside(), outside(), net.host);
  });

  it('leads from the host itself to the guest', async () => {
    await expectSeen(net.host, net.host, net.host);
  });

  /** Whether the bridge shows what it forwards to the rules of IP, as it does where Docker was installed. */
  function filterBridged(on: boolean): void {
    const settings = ['iptables', 'ip6tables'].map(
      (name) => `net.bridge.bridge-nf-call-${name}=${on ? 1 : 0}`,
    );
    net.host.ns.exec('sysctl', '-eqw', ...settings);
  }

  it('leads from another guest of the network, and from the guest itself, by way of the host', async () => {
    filterBridged(false);
    const gateway = { 4: '10.1.0.1', 6: 'fd00:1::1' } as const;
    for (const number of [1, 2]) {
      await expectSeen(net.guest(1, number), gateway, net.host);
      await expectSeen(net.guest(1, number), gateway, gateway);
    }
    const ask = { protocol: 'tcp', address: net.host[4], port: 8080, from: 700 } as const;
    const answer = await net.guest(1, 2).ask(ask);
    expect('port' in answer && answer.port >= 1024 ? 'unprivileged' : answer).toBe('unprivileged');
  });

  // The kernel then hands the packet over within the bridge, and the answer as well; it hands none to where it came from,
  // so a guest does not reach itself.
  it('leads from another guest of the network where bridged packets are filtered', async () => {
    filterBridged(true);
    for (const version of both) {
      for (const protocol of protocols) {
        const ask = { protocol, address: net.host[version], port: 8080 } as const;
        expect(await net.guest(1, 2).ask(ask)).toHaveProperty('port');
      }
    }
  });

  it('leads from a guest of another network to the guest, though that network is closed to it', async () => {
    const other = net.guest(2, 1);
    await expectSeen(other, other, net.host);
    expect(await other.ask({ protocol: 'tcp', address: '10.1.0.11', port: 80 })).toHaveProperty('error');
  });

  it('leads nowhere from an isolated network', async () => {
    for (const version of both) {
      const ask = { protocol: 'tcp', address: net.host[version], port: 8080 } as const;
      expect(await net.guest(3, 1).ask(ask)).toHaveProperty('error');
    }
  });

  it('is nothing on a loopback address', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      expect(await net.host.ask({ protocol: 'tcp', address, port: 8080 })).toEqual({ error: 'ECONNREFUSED' });
    }
  });

  it('of one address leads from that one only', async () => {
    const ask = { protocol: 'tcp', port: 8081 } as const;
    const [one, two] = net.outside;
    expect(await two.ask({ ...ask, address: '198.51.100.1' })).toMatchObject({ address: two[4] });
    expect(await one.ask({ ...ask, address: net.host[4] })).toEqual({ error: 'ECONNREFUSED' });
  });

  it('does not take the names of a network from its gateway', async () => {
    for (const network of [1, 2]) {
      for (const version of both) {
        const asker = net.guest(network, 2);
        const gateway = version === 4 ? `10.${network}.0.1` : `fd00:${network}::1`;
        const answer = await asker.ask({ protocol: 'udp', address: gateway, port: 53 });
        // By way of the published port it would be seen with the gateway's.
        expect(answer).toMatchObject({ address: asker[version] });
      }
    }
    // And where it is asked by another address, the guest answers.
    const asker = net.guest(2, 2);
    const answer = await asker.ask({ protocol: 'udp', address: net.host[4], port: 53 });
    expect(answer).toMatchObject({ address: asker[4] });
  });

  it('keeps to the only way in, where there is one', async () => {
    const rules = firewallRules(servingOf(1, 'nat', { published: web }), {
      outside: { is: 'link', name: 'eth0' },
      island: true,
    });
    await net.firewall({ do: 'set', owner: 'net1', link: 'br1', rules });
    const [one, two] = net.outside;
    for (const version of both) {
      const ask = { protocol: 'tcp', address: net.host[version], port: 8080 } as const;
      expect(await one.ask(ask)).toMatchObject({ address: one[version] });
      expect(await two.ask(ask)).toHaveProperty('error');
      expect(await net.guest(2, 1).ask(ask)).toMatchObject({ address: net.guest(2, 1)[version] });
      const out = { protocol: 'tcp', port: 80 } as const;
      const guest = net.guest(1, 1);
      expect(await guest.ask({ ...out, address: one[version] })).toHaveProperty('port');
      expect(await guest.ask({ ...out, address: two[version] })).toHaveProperty('error');
      expect(await guest.ask({ ...out, address: net.guest(2, 1)[version] })).toHaveProperty('port');
    }
  });

  it('is closed again when it is published no more, and so is the way out by a device that is missing', async () => {
    const rules = firewallRules(servingOf(1, 'nat'), { outside: { is: 'missing' }, island: true });
    await net.firewall({ do: 'set', owner: 'net1', link: 'br1', rules });
    const ask = { protocol: 'tcp', address: net.host[4], port: 8080 } as const;
    expect(await outside().ask(ask)).toEqual({ error: 'ECONNREFUSED' });
    const out = { protocol: 'tcp', address: outside()[4], port: 80 } as const;
    expect(await net.guest(1, 1).ask(out)).toHaveProperty('error');
  });
});
