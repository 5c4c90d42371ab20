import { expect, test } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { holdMacvtap, holdTap } from './holder.ts';
import { expectConverged, type KernelHost, kernelHost } from './kernel-host.ts';
import { isUp, linkOf } from './kernel-links.ts';

type Networks = NonNullable<SpecOf<'Host'>['networks']>;

const direct = (
  mode: 'bridge' | 'passthrough',
  maxGuests: number | undefined,
  ...devices: string[]
): Networks => ({
  red: {
    type: 'direct',
    mode,
    pool: devices.map((device) => (maxGuests === undefined ? { device } : { device, maxGuests })),
  },
});
const bridge: Networks = { red: { type: 'bridge', bridge: 'br-red', manage: true } };

const standby = (network = 'red') => guest(network, {}, { host: 'b', standby: ['a'] });

function want(host: KernelHost, networks: Networks, guests: Record<string, SpecOf<'Guest'>>): void {
  host.want({ host: { networks }, hosts: { b: { networks: bridge } }, guests });
}

const up = (host: KernelHost, name: string) => isUp(linkOf(host.links(), name));

describeNeeding(['root'], 'a standby device', () => {
  test('of a pool stands down and takes no place; held it is up and takes one', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, direct('bridge', 2, 'p0'), { s1: standby(), s2: standby(), g1: guest('red') });
    const { report } = await host.converge();
    expect([up(host, 's1-eth0'), up(host, 's2-eth0'), up(host, 'g1-eth0')]).toEqual([false, false, true]);
    expect(linkOf(host.links(), 's1-eth0').link).toBe('p0');
    expect(report.problems).toEqual([]);
    await expectConverged(host);

    const holder = await holdMacvtap(host, 's1-eth0');
    await host.converge();
    expect([up(host, 's1-eth0'), up(host, 's2-eth0')]).toEqual([true, false]);
    await expectConverged(host);
    // The pool is full now.
    want(host, direct('bridge', 2, 'p0'), {
      s1: standby(),
      s2: standby(),
      g1: guest('red'),
      g2: guest('red'),
    });
    const full = await host.apply();
    expect(full.report.problems).toMatchObject([{ code: 'pool-full', source: { file: 'guests/g2.yaml' } }]);

    await holder.release();
    await host.converge();
    expect([up(host, 's1-eth0'), up(host, 'g2-eth0')]).toEqual([false, true]);

    // No standby any more: it goes.
    want(host, direct('bridge', 2, 'p0'), { s2: standby(), g1: guest('red'), g2: guest('red') });
    await host.converge();
    expect(host.links()['s1-eth0']).toBeUndefined();
  });

  test('of a bridge is told from its descriptor, for a tap that is down has no carrier', async () => {
    const host = await kernelHost();
    want(host, bridge, { s1: standby() });
    await host.converge();
    expect(up(host, 's1-eth0')).toBe(false);
    const holder = await holdTap(host, 's1-eth0');
    await host.converge();
    expect(up(host, 's1-eth0')).toBe(true);
    await expectConverged(host);
    // The cluster manager moved it away again: it is not raised while it is still open, and waits again then.
    await host.run(['release', 's1']);
    await host.converge();
    expect(up(host, 's1-eth0')).toBe(false);
    await holder.release();
    await host.converge();
    const link = linkOf(host.links(), 's1-eth0');
    expect([isUp(link), link.group]).toEqual([false, '0']);
    // Git says so at last: it is a guest like others.
    want(host, bridge, { s1: guest('red') });
    await host.converge();
    expect(up(host, 's1-eth0')).toBe(true);
  });

  test('in passthrough mode is not made, which is told', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, direct('passthrough', undefined, 'p0'), { s1: standby(), g1: guest('red') });
    const { report } = await host.converge();
    expect(host.links()['s1-eth0']).toBeUndefined();
    expect(report.problems).toMatchObject([{ code: 'standby-when-claimed', severity: 'warning' }]);
  });
});
