import { expect, test } from 'vitest';
import { RELEASED_GROUP } from '../../src/model/mark.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { kernelHost } from './kernel-host.ts';
import { expectUntouched, isUp, linkOf } from './kernel-links.ts';

const red = (...devices: string[]) => ({
  type: 'direct' as const,
  mode: 'bridge' as const,
  pool: devices.map((device) => ({ device })),
});

describeNeeding(['root'], 'release', () => {
  test('sets down the devices of one guest, by their marks alone, and says which', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({
      host: { networks: { red: red('p0'), s: { type: 'bridge', bridge: 'br-s', manage: true } } },
      guests: { ...guests('g', 2, 'red'), web: guest('s'), 'web-2': guest('s') },
    });
    await host.converge();
    // Its name says nothing: what counts is the mark.
    host.ns.ip('tuntap add dev web-eth9 mode tap\nlink set dev web-eth9 up\n');
    const before = host.links();
    for (const [name, device] of [
      ['g0', 'g0-eth0'],
      ['web', 'web-eth0'],
    ] as const) {
      const released = await host.run(['release', name]);
      expect([released.stdout, released.status]).toEqual([`${device} is down\n`, 0]);
      const link = linkOf(host.links(), device);
      expect([isUp(link), link.group, link.ifalias]).toEqual([
        false,
        String(RELEASED_GROUP),
        `plumbline:Guest/${name}/eth0`,
      ]);
    }
    expect(isUp(linkOf(host.links(), 'web-eth9'))).toBe(true);
    expectUntouched(before, host.links(), 'g0-eth0', 'web-eth0');
    expect((await host.run(['release', 'g0'])).status).toBe(0);
  });

  test('killed at any moment, a device is as it was or released as a whole', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({ host: { networks: { red: red('p0') } }, guests: guests('g', 8, 'red') });
    await host.converge();
    for (let i = 0; i < 8; i++) {
      const child = host.start(['release', `g${i}`]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, 60 * (i + 1)));
      child.kill('SIGKILL');
      await ended;
      const link = linkOf(host.links(), `g${i}-eth0`);
      expect([
        [true, '0'],
        [false, String(RELEASED_GROUP)],
      ]).toContainEqual([isUp(link), link.group]);
    }
    // Nothing that a run would do about it.
    expect((await host.plan()).report.changes).toEqual([]);
  });

  test('a guest without a device here, and words that name none', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const nobody = await host.run(['release', 'nobody']);
    expect([nobody.status, nobody.stdout]).toEqual([1, '']);
    expect(nobody.stderr).toContain('nobody has no device here');
    expect((await host.run(['release'])).status).toBe(64);
    expect((await host.run(['release', 'No Body'])).status).toBe(64);
  });
});
