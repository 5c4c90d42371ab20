import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';

const CELL = { type: 'virtual', bridge: 'virbr-cell', forward: 'isolated' } as const;

describeNeeding(['root'], 'networks with a small MTU', () => {
  // Below 1280 bytes a link has no IPv6, and the kernel refuses whatever is said of it (RFC 8200, section 5).
  test.each([1280, 1279, 576])('of %i bytes: bridges, their taps and a macvtap', async (mtu) => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      networks: { cell: { mtu }, lan: { mtu }, red: { mtu } },
      host: {
        networks: {
          cell: CELL,
          lan: { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['p0'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
        },
      },
      guests: { f: guest('cell'), g: guest('lan'), h: guest('red') },
    });
    await host.converge();
    for (const name of ['virbr-cell', 'f-eth0', 'br-lan', 'g-eth0', 'h-eth0'])
      expect(linkOf(host.links(), name).mtu).toBe(mtu);
    await expectConverged(host);
  });

  test('of a virtual network: IPv6 comes to its bridge and goes with the MTU, and the host has none of it', async () => {
    const host = await kernelHost();
    for (const mtu of [576, 1500, 1279, 1280]) {
      host.want({
        networks: { cell: { mtu } },
        host: { networks: { cell: CELL } },
        guests: { f: guest('cell') },
      });
      await host.converge();
      await expectConverged(host);
      expect([mtu, host.ns.exec('ip', '-6', '-o', 'addr', 'show', 'dev', 'virbr-cell')]).toEqual([mtu, '']);
    }
  });
});
