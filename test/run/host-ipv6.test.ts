import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { kernelHost } from './kernel-host.ts';

describeNeeding(['root'], 'the host itself', () => {
  test('has no IPv6 address on guest devices and on bridges that only switch', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      networks: { lan: {}, red: {} },
      host: {
        networks: {
          lan: { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['p0'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
        },
      },
      guests: { g: guest('lan'), h: guest('red') },
    });
    await host.converge();
    for (const name of ['br-lan', 'g-eth0', 'h-eth0']) {
      expect([name, host.ns.exec('ip', '-6', '-o', 'addr', 'show', 'dev', name)]).toEqual([name, '']);
    }
  });
});
