import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { addressHost, movingHost } from './address-host.ts';
import { expectConverged } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';

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

    host.want({ host: { networks: { lan: { type: 'bridge', bridge: 'br0', manage: true } } } });
    await host.converge();
    expect(host.own('eth0')).toEqual(before);
    expect(host.own('br0')).toEqual({ addresses: [], routes: [] });
    expect(linkOf(host.links(), 'br0').address).not.toBe(mac);
    await expectConverged(host);
  });
});
