import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { holdMacvtap } from './holder.ts';
import { expectConverged, type KernelHost, kernelHost, ours } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';

const NICS = ['p0', 'p1', 'p2'];

/**
 * Devices that are found by their MAC and have no permanent one, as veth has none: a passthrough macvtap writes its own
 * over it, and the kernel gives it back when that goes.
 */
async function hostByMac(): Promise<{ host: KernelHost; want(guests: Record<string, string>): void }> {
  const host = await kernelHost({ nics: NICS });
  const macs = NICS.map((nic) => linkOf(host.links(), nic).address ?? '');
  const devices = Object.fromEntries(macs.map((mac, i) => [`front${i}`, { match: { mac } }]));
  const pool = (...references: string[]) => references.map((device) => ({ device }));
  const want = (guests: Record<string, string>) =>
    host.want({
      host: {
        devices,
        networks: {
          // In another order than the NICs, so that nothing is right by chance.
          one: { type: 'direct', mode: 'passthrough', pool: pool('front1', 'front0') },
          two: { type: 'direct', mode: 'passthrough', pool: pool('front1', 'front2') },
        },
      },
      guests: Object.fromEntries(Object.entries(guests).map(([name, network]) => [name, guest(network)])),
    });
  return { host, want };
}

function parents(host: KernelHost): Record<string, string | undefined> {
  const links = host.links();
  return Object.fromEntries(ours(host).map((name) => [name, linkOf(links, name).link]));
}

describeNeeding(['root'], 'passthrough on a device that is found by a MAC', () => {
  test('stays where it is, though the device shows its guest’s MAC now', async () => {
    const { host, want } = await hostByMac();
    want({ g: 'one' });
    expect((await host.converge()).report.problems).toEqual([]);
    expect(linkOf(host.links(), 'p1').address).toBe(linkOf(host.links(), 'g-eth0').address);
    await expectConverged(host);
    expect((await host.plan()).report.problems).toEqual([]);
  });

  test('is no device for another guest, and the rest of the pool is found', async () => {
    const { host, want } = await hostByMac();
    want({ g: 'two' });
    await host.converge();
    want({ g: 'two', h: 'one', i: 'two' });
    expect((await host.converge()).report.problems).toEqual([]);
    expect(parents(host)).toEqual({ 'g-eth0': 'p1', 'h-eth0': 'p0', 'i-eth0': 'p2' });
    await expectConverged(host);
  });

  test('gives the device back when it goes', async () => {
    const { host, want } = await hostByMac();
    const before = linkOf(host.links(), 'p1').address;
    want({ g: 'one' });
    await host.converge();
    want({});
    expect((await host.converge()).report.problems).toEqual([]);
    expect(linkOf(host.links(), 'p1').address).toBe(before);
  });

  test('is no missing device while a guest that has left still runs', async () => {
    const { host, want } = await hostByMac();
    want({ g: 'one' });
    await host.converge();
    const holder = await holdMacvtap(host, 'g-eth0');
    want({ h: 'one' });
    const { report, status } = await host.apply();
    expect([report.problems.filter(({ code }) => code === 'device-missing'), status]).toEqual([[], 2]);
    expect(parents(host)).toEqual({ 'g-eth0': 'p1', 'h-eth0': 'p0' });
    await holder.release();
    await host.converge();
    expect(parents(host)).toEqual({ 'h-eth0': 'p0' });
  });

  test('is not taken for the device of another, which is gone', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({
      host: {
        devices: { gone: { match: { mac: '02:00:00:00:00:99' } } },
        networks: {
          red: { type: 'direct', mode: 'passthrough', pool: [{ device: 'gone' }, { device: 'p0' }] },
        },
      },
      guests: { g: guest('red') },
    });
    await host.apply();
    const { report, stderr } = await host.apply();
    expect(parents(host)).toEqual({ 'g-eth0': 'p0' });
    expect([report.changes, report.problems.map(({ code }) => code), stderr]).toEqual([
      [],
      ['device-missing'],
      '',
    ]);
  });

  test('of a NIC that is really gone is told', async () => {
    const { host, want } = await hostByMac();
    want({ g: 'one' });
    await host.converge();
    host.ns.ip('link del dev p0\n');
    const { report } = await host.apply();
    expect(report.problems.map(({ code }) => code)).toEqual(['device-missing']);
    expect(parents(host)).toEqual({ 'g-eth0': 'p1' });
  });

  test.each(['vepa', 'passthrough'] as const)('becomes %s on its own device', async (mode) => {
    const { host, want } = await hostByMac();
    const own = linkOf(host.links(), 'p1').address ?? '';
    want({ g: 'one' });
    await host.converge();
    host.want({
      host: {
        devices: { front: { match: { mac: own } } },
        networks: { other: { type: 'direct', mode, pool: [{ device: 'front' }] } },
      },
      guests: { g: guest('other') },
    });
    expect((await host.converge()).report.problems).toEqual([]);
    expect(parents(host)).toEqual({ 'g-eth0': 'p1' });
    await expectConverged(host);
  });

  test('of guests that shared a device, each gets one, and who runs stays on it', async () => {
    const host = await kernelHost({ nics: NICS });
    const want = (mode: 'vepa' | 'passthrough', ...pool: string[]) =>
      host.want({
        host: { networks: { red: { type: 'direct', mode, pool: pool.map((device) => ({ device })) } } },
        guests: { g: guest('red'), h: guest('red'), i: guest('red') },
      });
    want('vepa', 'p0');
    await host.converge();
    const holder = await holdMacvtap(host, 'h-eth0');
    want('passthrough', 'p0', 'p1', 'p2');
    const { status, report } = await host.apply();
    expect([report.problems.filter(({ severity }) => severity === 'error'), status]).toEqual([[], 2]);
    expect(parents(host)).toEqual({ 'g-eth0': 'p1', 'h-eth0': 'p0', 'i-eth0': 'p2' });
    await holder.release();
    await host.converge();
    expect(parents(host)).toEqual({ 'g-eth0': 'p1', 'h-eth0': 'p0', 'i-eth0': 'p2' });
    await expectConverged(host);
  });
});
