import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runInNamespace } from '../../support/in-namespace.ts';
import { makeNode } from '../../support/open-device.ts';
import { describeNeeding } from '../../support/requires.ts';
import { resolve } from '../../tools/dnsmasq/service-host.ts';
import type { FleetParts } from '../fleet-files.ts';
import { guest } from '../fleet-files.ts';
import { linkOf } from '../kernel-links.ts';
import { type ServingHost, servingHost } from '../serving-host.ts';
import { plugGuest } from './plugged-guest.ts';

const MAC = '52:54:00:00:20:10';
const RED = {
  mtu: 1400,
  addressing: [
    { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: { ranges: ['10.20.0.100-10.20.0.199'] } },
  ],
  dns: { domain: 'red.example' },
  portGroups: [{ name: 'web', vlan: { tag: 42 } }],
};

function fleet(
  realisation: NonNullable<FleetParts['host']['networks']>[string],
  portGroup?: string,
): FleetParts {
  const place = portGroup === undefined ? {} : { portGroup };
  return {
    networks: { red: RED },
    host: { networks: { red: realisation } },
    guests: { web1: guest('red', { mac: MAC, addresses: ['10.20.0.10'], ...place }) },
  };
}

/** A node of the test's own: that in /dev may be another namespace's, for indexes collide. */
function macvtapNode(host: ServingHost, name: string): string {
  const { ifindex } = linkOf(host.links(), name);
  return makeNode(host.ns, { name, index: ifindex }, join(host.directory, `node-${name}`));
}

type TapGuest = typeof import('./tap-guest.ts');

describeNeeding(['root', 'nft', 'dnsmasq', 'dhcp'], 'guests of networks that their own host serves', () => {
  it('on a macvtap have a lease of it, and talk with it', { timeout: 60_000 }, async () => {
    const host = await servingHost({ nics: ['eth1'] });
    const pool = [{ device: 'eth1' }];
    host.want(fleet({ type: 'direct', mode: 'bridge', pool, serve: true }));
    await host.converge();
    const lease = await runInNamespace<TapGuest, 'leaseByTap'>(
      host.ns,
      'test/run/virtual/tap-guest.ts',
      'leaseByTap',
      [macvtapNode(host, 'web1-eth0'), MAC],
    );
    // Without tc's `csum` (Debian's kernels have it) a macvlan leaves it to the guest, whose kernel is told so.
    const filled = host.ns.exec('tc', 'filter', 'show', 'dev', 'gw_red', 'egress').includes('csum');
    const checksum = filled ? 'right' : 'left';
    expect(lease).toEqual({
      address: '10.20.0.10',
      router: '10.20.0.1',
      mtu: 1400,
      checksum,
      echoed: true,
    });
  });

  it("on a stranger's bridge have a lease, and a name", { timeout: 60_000 }, async () => {
    const host = await servingHost();
    host.ns.ip('link add name br0 type bridge forward_delay 0\nlink set dev br0 mtu 1400 up\n');
    host.want(fleet({ type: 'bridge', bridge: 'br0', serve: true }));
    await host.converge();
    const web1 = plugGuest(host, 'br0', MAC);
    expect(web1.lease()).toMatchObject({ ip: '10.20.0.10', router: '10.20.0.1', mtu: '1400' });
    expect(resolve(web1.ns, '10.20.0.1', 'resolve4', 'web1.red.example')).toEqual(['10.20.0.10']);
  });
});

describeNeeding(
  ['root', 'nft', 'dnsmasq', 'dhcp', 'ovs'],
  'guests of a network that is served on Open vSwitch',
  () => {
    it('have a lease within the VLAN of their port group, and none outside of it', {
      timeout: 120_000,
    }, async () => {
      const host = await servingHost({ ovs: true });
      const ovs = { type: 'openvswitch', bridge: 'ovs0', manage: true, datapath: 'netdev' } as const;
      host.want(fleet({ ...ovs, serve: { portGroup: 'web' } }, 'web'));
      await host.converge();
      const inVlan = (tag: number) => (port: string) =>
        host.ovs?.vsctl('add-port', 'ovs0', port, `tag=${tag}`);
      const inside = plugGuest(host, inVlan(42), MAC);
      expect(inside.lease()).toMatchObject({ ip: '10.20.0.10', router: '10.20.0.1' });
      inside.ns.exec('ping', '-n', '-c', '1', '-W', '5', '10.20.0.1');
      expect(plugGuest(host, inVlan(43), '52:54:00:00:20:99').lease()).toBeNull();
    });
  },
);
