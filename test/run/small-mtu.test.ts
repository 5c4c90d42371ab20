import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';

describeNeeding(['root'], 'networks with a small MTU', () => {
  // Below 1280 bytes a link has no IPv6, and the kernel refuses whatever is said of it (RFC 8200, section 5).
  test.each([1280, 1279, 576])('of %i bytes: a bridge, its tap and a macvtap', async (mtu) => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      networks: { lan: { mtu }, red: { mtu } },
      host: {
        networks: {
          lan: { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['p0'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
        },
      },
      guests: { g: guest('lan'), h: guest('red') },
    });
    await host.converge();
    for (const name of ['br-lan', 'g-eth0', 'h-eth0']) expect(linkOf(host.links(), name).mtu).toBe(mtu);
    await expectConverged(host);
  });
});
