import { expect, it } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { describeNeeding } from '../support/requires.ts';
import type { FleetParts } from './fleet-files.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, ours } from './kernel-host.ts';
import { expectUntouched, indexes, linkOf } from './kernel-links.ts';
import { ovsPort } from './ovs-rows.ts';
import { expectReached, servingHost } from './serving-host.ts';

type Realisation = NonNullable<SpecOf<'Host'>['networks']>[string];

const RED = {
  addressing: [
    { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: { ranges: ['10.20.0.100-10.20.0.199'] } },
    { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', slaac: true },
  ],
  portGroups: [{ name: 'web', vlan: { tag: 42 } }],
};

function fleet(realisation: Realisation): FleetParts {
  return {
    networks: { red: RED },
    host: { networks: { red: realisation } },
    guests: { web1: guest('red', { addresses: ['10.20.0.10'] }) },
  };
}

describeNeeding(['root', 'nft', 'dnsmasq'], 'a host that serves a network', () => {
  it('on a bridge that is not ours adds an address, and takes only that away', {
    timeout: 60_000,
  }, async () => {
    const host = await servingHost();
    host.ns.ip(
      'link add name br0 address 02:00:00:00:00:99 type bridge\naddr add 10.20.0.7/24 dev br0\nlink set dev br0 up\n',
    );
    const before = host.links();
    host.want(fleet({ type: 'bridge', bridge: 'br0', serve: true }));
    await host.converge();
    expect(host.addresses('br0')).toEqual(['10.20.0.7/24', '10.20.0.1/24', 'fd00:20::1/64']);
    await expectConverged(host);
    const machine = host.machine('br0', ['10.20.0.50/24'], ['default via 10.20.0.1']);
    await expectReached(machine, '10.20.0.1');

    host.unplugMachines();
    host.want({ host: {} });
    await host.converge();
    expect(host.addresses('br0')).toEqual(['10.20.0.7/24']);
    expect(host.processes()).toEqual([]);
    expectUntouched(before, host.links());
  });

  it('on a pool has a place beside the guests, by which they can talk', { timeout: 60_000 }, async () => {
    const host = await servingHost({ nics: ['eth1', 'eth2'] });
    const direct = { type: 'direct', mode: 'bridge', serve: true } as const;
    host.want(fleet({ ...direct, pool: [{ device: 'eth1' }, { device: 'eth2' }] }));
    await host.converge();
    await expectConverged(host);
    const link = linkOf(host.links(), 'gw_red');
    expect([link.link, link.linkinfo?.info_kind]).toEqual(['eth1', 'macvlan']);
    expect(host.addresses('gw_red')).toEqual(['10.20.0.1/24', 'fd00:20::1/64']);
    const machine = host.macvlan('eth1', ['10.20.0.50/24']);
    await expectReached(machine, '10.20.0.1');

    // It stays where it is, though another comes first.
    host.want(fleet({ ...direct, pool: [{ device: 'eth2' }, { device: 'eth1' }] }));
    await host.converge();
    expect(indexes(host.links()).gw_red).toBe(link.ifindex);

    host.want({ host: {} });
    await host.converge();
    expect([ours(host), host.processes()]).toEqual([[], []]);
  });

  it('goes to another device with its addresses', { timeout: 60_000 }, async () => {
    const host = await servingHost({ nics: ['eth1', 'eth2'] });
    const direct = { type: 'direct', mode: 'bridge', serve: true } as const;
    host.want({ ...fleet({ ...direct, pool: [{ device: 'eth1' }] }), guests: {} });
    await host.converge();
    host.want({ ...fleet({ ...direct, pool: [{ device: 'eth2' }] }), guests: {} });
    await host.converge();
    expect(linkOf(host.links(), 'gw_red').link).toBe('eth2');
    expect(host.addresses('gw_red')).toEqual(['10.20.0.1/24', 'fd00:20::1/64']);
    await expectConverged(host);
  });
});

describeNeeding(['root', 'nft', 'dnsmasq', 'ovs'], 'a host that serves a network on Open vSwitch', () => {
  it('has an internal port with the VLAN of its port group', { timeout: 90_000 }, async () => {
    const host = await servingHost({ ovs: true });
    host.want(
      fleet({
        type: 'openvswitch',
        bridge: 'ovs0',
        manage: true,
        datapath: 'netdev',
        serve: { portGroup: 'web' },
      }),
    );
    await host.converge();
    expect(ovsPort(host, 'gw_red').tag).toBe(42);
    expect(host.addresses('gw_red')).toEqual(['10.20.0.1/24', 'fd00:20::1/64']);
    await expectConverged(host);
    host.want({ host: {} });
    await host.converge();
    expect(host.processes().filter(({ command }) => command.includes('dnsmasq'))).toEqual([]);
    expect(Object.keys(host.links())).not.toContain('gw_red');
  });
});
