import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../../src/model/mark.ts';
import { createNamespace, until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { holdMacvtap, holdTap } from './holder.ts';
import { expectConverged, type KernelHost, kernelHost } from './kernel-host.ts';
import { isUp, linkOf } from './kernel-links.ts';
import { ovsPort, ovsPorts } from './ovs-rows.ts';

type Networks = NonNullable<SpecOf<'Host'>['networks']>;

const pool = (...devices: string[]): Networks => ({
  red: { type: 'direct', mode: 'bridge', pool: devices.map((device) => ({ device, maxGuests: 1 })) },
});
const bridge: Networks = { red: { type: 'bridge', bridge: 'br-red', manage: true } };
const ovs: Networks = {
  red: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev' },
};

type Place = Partial<SpecOf<'Guest'>>;

/** `web` where `place` says; the other host `b` realises the network too. */
function want(host: KernelHost, networks: Networks, place: Place): void {
  host.want({
    host: { networks },
    hosts: { b: { networks: bridge } },
    guests: { web: guest('red', {}, place) },
  });
}

/** Whether it is up, and its group. */
function stateOf(host: KernelHost, name = 'web-eth0'): [boolean, string] {
  const link = linkOf(host.links(), name);
  return [isUp(link), String(link.group)];
}

describeNeeding(['root', 'ovs'], 'a guest that moves', () => {
  const KINDS: [string, Networks, (host: KernelHost) => Promise<{ release(): Promise<void> }>][] = [
    ['a macvtap', pool('p0'), (host) => holdMacvtap(host, 'web-eth0')],
    ['a tap in a bridge', bridge, (host) => holdTap(host, 'web-eth0')],
    ['a tap in Open vSwitch', ovs, (host) => holdTap(host, 'web-eth0')],
  ];

  test.each(KINDS)(
    '%s that was released stays down until git has said where its guest is',
    async (_, networks, hold) => {
      const host = await kernelHost({ nics: ['p0'], ovs: true });
      want(host, networks, {});
      await host.converge();
      const index = linkOf(host.links(), 'web-eth0').ifindex;
      const holder = await hold(host);
      expect((await host.run(['release', 'web'])).status).toBe(0);

      // Nobody has committed the move: it is no drift, and it is told.
      await host.converge();
      const { report, status } = await host.plan('--exit-code');
      expect([report.changes, report.inSync, status]).toEqual([[], true, 0]);
      expect(report.problems).toMatchObject([{ code: 'guest-gone', severity: 'warning' }]);
      expect(stateOf(host)).toEqual([false, String(RELEASED_GROUP)]);
      const text = await host.run(['plan', host.desired, '--host', 'a']);
      expect(text.stdout).toContain('web has gone to another host');

      // Git has it moving: the mark goes on, and a run later nothing is left to do.
      want(host, networks, { migratingTo: 'b' });
      await host.converge();
      expect(stateOf(host)).toEqual([false, String(RELEASED_IN_MOVE_GROUP)]);
      await expectConverged(host);

      // Taken back: it goes up again, the same device.
      want(host, networks, {});
      await host.converge();
      expect(stateOf(host)).toEqual([true, '0']);
      expect(linkOf(host.links(), 'web-eth0').ifindex).toBe(index);

      // Moved after all, and the program still runs: it is leaving, down, and goes when it is let go.
      want(host, networks, { migratingTo: 'b' });
      await host.converge();
      expect((await host.run(['release', 'web'])).status).toBe(0);
      want(host, networks, { host: 'b' });
      expect((await host.apply()).status).toBe(2);
      expect(stateOf(host)[0]).toBe(false);
      await holder.release();
      await host.converge();
      expect(host.links()['web-eth0']).toBeUndefined();
    },
  );

  test.each(KINDS)('%s is made on the destination while git has the guest migrating', async (_, networks) => {
    const host = await kernelHost({ nics: ['p0'], ovs: true });
    want(host, networks, { host: 'b', migratingTo: 'a' });
    await host.converge();
    expect(stateOf(host)).toEqual([true, '0']);
    if (networks === ovs) expect(ovsPort(host, 'web-eth0').ofport).toBeGreaterThan(0);
    // Whatever the mark says of a guest that went before: it comes.
    await host.run(['release', 'web']);
    await host.converge();
    expect(stateOf(host)).toEqual([true, '0']);
    // Taken back: nothing is left.
    want(host, networks, { host: 'b' });
    await host.converge();
    expect(host.links()['web-eth0']).toBeUndefined();
    if (networks === ovs) expect(ovsPorts(host, 'sw')).not.toContain('web-eth0');
  });
});

describeNeeding(['root'], 'a released macvtap', () => {
  test('lets the guests beside it reach the guest that has gone, which they cannot while it is up', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const [neighbour, elsewhere] = [createNamespace(), createNamespace()];
    try {
      host.want({
        host: { networks: pool('p0') },
        guests: { web: guest('red', { mac: '52:54:00:00:00:99' }) },
      });
      await host.converge();
      host.ns.ip(
        [
          `link add link p0 name nb netns ${neighbour.name} type macvlan mode bridge`,
          `link set dev far-p0 netns ${elsewhere.name}`,
        ].join('\n'),
      );
      neighbour.ip('addr add 10.9.0.1/24 dev nb\nlink set dev nb up\n');
      // The other end of the cable is where the guest is now.
      elsewhere.ip(
        'link set dev far-p0 address 52:54:00:00:00:99\naddr add 10.9.0.2/24 dev far-p0\nlink set dev far-p0 up\n',
      );
      const reaches = () =>
        spawnSync('ip', ['netns', 'exec', neighbour.name, 'ping', '-c', '1', '-W', '1', '10.9.0.2'])
          .status === 0;
      const resolved = () => neighbour.exec('ip', 'neigh', 'show', 'dev', 'nb').includes('52:54:00:00:00:99');
      await until('the neighbour knows the address', () => {
        reaches();
        return resolved();
      });
      expect(reaches()).toBe(false);
      await host.run(['release', 'web']);
      await until('the neighbour reaches the guest', reaches);
      await host.converge();
      expect(reaches()).toBe(true);
    } finally {
      neighbour.remove();
      elsewhere.remove();
    }
  });
});
