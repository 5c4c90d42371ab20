import { expect, it } from 'vitest';
import { firewallRules } from '../../../src/realise/firewall.ts';
import { startTalk } from '../../run/talk.ts';
import { describeNeeding } from '../../support/requires.ts';
import { servingOf, withNetworks } from './networks.ts';

describeNeeding(['root', 'nft'], 'a way out that takes less than the links of guests', () => {
  const net = withNetworks(2);

  it('is told to both ends of a connection by its first packets', async () => {
    for (const [number, forward] of [
      [1, 'nat'],
      [2, 'route'],
    ] as const) {
      const one = servingOf(number, forward);
      const rules = firewallRules(one, { outside: { is: 'anywhere' }, island: true });
      await net.firewall({ do: 'set', owner: one.network, link: one.link, rules });
    }
    const [outside] = net.outside;
    // The machine outside knows nothing of it, and nobody tells it: no packet is too large yet.
    net.host.ns.ip('route change 192.0.2.0/24 dev eth0 proto kernel src 192.0.2.1 mtu 1300\n');
    for (const number of [1, 2]) {
      const talk = await startTalk(net.guest(number, 1).ns, outside.ns, outside[4]);
      const sizes = outside.ns
        .exec('ss', '-tinH', 'state', 'established', 'sport = :7777')
        .match(/\bmss:\d+/g);
      // 40 bytes of headers, and 12 of timestamps.
      expect(new Set(sizes)).toEqual(new Set(['mss:1248']));
      talk.stop();
    }
  });
});
