import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { NICS, validFleets } from '../support/valid-fleets.ts';
import { guest, managedBridge, managedSwitch } from './fleet-files.ts';
import { expectConverged, kernelHost, notDone } from './kernel-host.ts';
import { type KernelLink, linkOf } from './kernel-links.ts';

/** So many fleets follow one another, always the same; with $PLUMBLINE_TRANSITIONS so many others. */
const FLEETS = Number(process.env.PLUMBLINE_TRANSITIONS ?? 25);
const SEED = process.env.PLUMBLINE_TRANSITIONS === undefined ? 1 : Date.now() % 2 ** 31;

describeNeeding(['root', 'ovs', 'dnsmasq', 'nft'], 'from one fleet to another', () => {
  test('is one apply, and a tap that stays one is not made anew', async () => {
    const host = await kernelHost({ nics: NICS, ovs: true });
    const fleets = fc.sample(validFleets({ serving: true }), { numRuns: FLEETS, seed: SEED });
    for (const [index, parts] of fleets.entries()) {
      const which = `fleet ${index} of seed ${SEED}`;
      const before = taps(host.links());
      host.want(parts);
      const answer = await host.apply('--allow-prune');
      // A guest that stands on a NIC is not moved to make room for another.
      if (answer.report.problems.some(({ code }) => code === 'pool-full')) continue;
      expect([notDone(answer), answer.status], which).toEqual([[], 0]);
      const { changes } = (await host.plan()).report;
      expect(changes, which).toEqual([]);
      const after = taps(host.links());
      const stay = Object.entries(before).filter(([name]) => name in after);
      expect(after, which).toMatchObject(Object.fromEntries(stay));
    }
  });

  const SERVED = { n1: { addressing: [{ subnet: '10.99.1.0/24', gateway: '10.99.1.1' }] } };
  const virtual = (bridge: string, forward: 'isolated' | 'nat') => ({
    type: 'virtual' as const,
    bridge,
    forward,
  });

  test("a bridge that served gives the gateway's address up with the network", async () => {
    const host = await kernelHost();
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-z', 'isolated') } } });
    await host.converge();
    const address = linkOf(host.links(), 'br-z').address;
    host.want({
      networks: SERVED,
      host: {
        networks: { n1: virtual('br-x', 'isolated'), n2: managedBridge('br-z') },
      },
      guests: { g: guest('n2') },
    });
    await host.converge();
    expect(linkOf(host.links(), 'br-x').address).toBe(address);
    expect(linkOf(host.links(), 'br-z').address).not.toBe(address);
    await expectConverged(host);
  });

  test('what a bridge was allowed to forward goes with it, whoever has its name then', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-x', 'nat') } } });
    await host.converge();
    const n2 = managedSwitch('br-x');
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-y', 'nat'), n2 } } });
    await host.converge();
    await expectConverged(host);
  });

  test('a bridge that served IPv4 alone takes over the IPv6 addresses of a NIC', async () => {
    const host = await kernelHost({ nics: ['nic'] });
    host.ns.ip('address add 192.0.2.9/24 dev nic\naddress add 2001:db8::9/64 dev nic nodad\n');
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-x', 'isolated') } } });
    await host.converge();
    host.want({ host: { networks: { n2: { ...managedBridge('br-x', ['nic']), moveAddresses: true } } } });
    await host.converge();
    expect(host.ns.exec('ip', '-o', 'address', 'show', 'dev', 'br-x', 'scope', 'global')).toMatch(
      /192\.0\.2\.9\/24[\s\S]*2001:db8::9\/64/,
    );
    await expectConverged(host);
  });

  test('a network that was served by a bridge moves to one of Open vSwitch under its name', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-x', 'isolated') } } });
    await host.converge();
    const n1 = { ...managedSwitch('br-x'), serve: { forward: 'isolated' as const } };
    host.want({ networks: SERVED, host: { networks: { n1 } } });
    await host.converge();
    await expectConverged(host);
  });

  test('networks that are served and swap their bridges are refused, and all stays as it is', async () => {
    const host = await kernelHost();
    const networks = {
      ...SERVED,
      n2: { addressing: [{ subnet: '10.99.2.0/24', gateway: '10.99.2.1', dhcp: {} }] },
    };
    const want = (one: string, two: string) =>
      host.want({
        networks,
        host: { networks: { n1: virtual(one, 'isolated'), n2: virtual(two, 'isolated') } },
      });
    const rules = () => host.ns.exec('nft', '--stateless', 'list', 'ruleset');
    want('br-x', 'br-y');
    await host.converge();
    const standing = rules();
    want('br-y', 'br-x');
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    // Of each the rules would be the other's for a moment.
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(new Set(['circular-change']));
    expect(rules()).toBe(standing);
  });

  test('addresses that go back to their NIC are where packets leave the host', async () => {
    const host = await kernelHost({ nics: ['nic'] });
    host.ns.ip('address add 192.0.2.9/24 dev nic\n');
    host.want({ host: { networks: { n2: { ...managedBridge('br-y', ['nic']), moveAddresses: true } } } });
    await host.converge();
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-x', 'nat') } } });
    await host.converge();
    expect(host.ns.exec('sysctl', '-n', 'net.ipv4.conf.nic.forwarding').trim()).toBe('1');
    await expectConverged(host);
  });

  test('a NIC that forwarded is guarded as soon as it leaves its bridge', async () => {
    const host = await kernelHost({ nics: ['nic', 'way'] });
    host.ns.ip('address add 192.0.2.9/24 dev way\naddress add 198.51.100.9/24 dev nic\n');
    host.want({ networks: SERVED, host: { networks: { n1: virtual('br-x', 'nat') } } });
    await host.converge();
    // It forwards since then, and has lost its address.
    host.ns.ip('address del 198.51.100.9/24 dev nic\n');
    const n1 = virtual('br-x', 'nat');
    host.want({ networks: SERVED, host: { networks: { n1, n2: managedBridge('br-y', ['nic']) } } });
    await host.converge();
    host.want({ networks: SERVED, host: { networks: { n1, n2: managedBridge('br-y') } } });
    await host.converge();
    expect(host.ns.exec('nft', 'list', 'ruleset')).toContain('iifname "nic"');
    await expectConverged(host);
  });
});

/** By guest and number of queues: their indexes. */
function taps(links: Record<string, KernelLink>): Record<string, number> {
  return Object.fromEntries(
    Object.values(links)
      .filter(({ ifalias, linkinfo }) => ifalias !== undefined && linkinfo?.info_kind === 'tun')
      .map((link) => [`${link.ifalias} ${link.linkinfo?.info_data?.multi_queue}`, link.ifindex]),
  );
}
