import { expect, it } from 'vitest';
import { firewallRules, guardRules } from '../../../src/realise/firewall.ts';
import { describeNeeding } from '../../support/requires.ts';
import { servingOf, withNetworks } from './networks.ts';

describeNeeding(['root', 'nft'], 'the guard of a host that is no router', () => {
  const net = withNetworks(1);

  /** Forwarding as it is turned on for one network: by interface, and never for the host as a whole. */
  function forwardByInterface(): void {
    const settings = ['br1', 'eth0', 'eth1'].flatMap((link) => [
      `net.ipv4.conf.${link}.forwarding=1`,
      `net.ipv6.conf.${link}.force_forwarding=1`,
    ]);
    net.host.ns.exec('sysctl', '-qw', 'net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0', ...settings);
  }

  it('keeps it from routing between two other links, and leaves the networks alone', async () => {
    forwardByInterface();
    const one = servingOf(1, 'nat');
    const rules = firewallRules(one, { outside: { is: 'anywhere' }, island: true });
    const ops = { do: 'set', owner: 'net1', link: 'br1', rules } as const;
    await net.firewall(ops);
    const [first, second] = net.outside;
    for (const version of [4, 6] as const) {
      const across = { protocol: 'tcp', address: second[version], port: 80 } as const;
      // Without it this host has become a router.
      expect(await first.ask(across)).toMatchObject({ address: first[version] });
    }
    const guarded = { from: ['eth0', 'eth1'], served: ['br1'], bridges: [] };
    const guard = [...guardRules(4, guarded), ...guardRules(6, guarded)];
    await net.firewall({ do: 'set', owner: '~host', link: null, rules: guard });
    for (const version of [4, 6] as const) {
      const across = { protocol: 'tcp', address: second[version], port: 80 } as const;
      expect(await first.ask(across)).toEqual({ error: 'silence' });
      expect(await second.ask({ ...across, address: first[version] })).toEqual({ error: 'silence' });
      for (const outside of net.outside) {
        const out = { protocol: 'tcp', address: outside[version], port: 80 } as const;
        expect(await net.guest(1, 1).ask(out)).toHaveProperty('port');
      }
    }
  });
});
