import { expect, test } from 'vitest';
import { derivedGuestMac, derivedInterfaceId } from '../../src/model/identity.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { isUp, linkOf } from './kernel-links.ts';
import { ovsPort, ovsPorts, switchControl } from './ovs-rows.ts';

describeNeeding(['root', 'ovs'], 'converge on Open vSwitch', () => {
  test('a managed bridge: uplink, access, trunk and native VLANs, protected ports, external ids', async () => {
    const host = await kernelHost({ nics: ['eth1'], ovs: true });
    const uuid = '4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01';
    host.want({
      networks: {
        tenants: {
          mtu: 1400,
          portGroups: [
            { name: 'web', default: true, vlan: { tag: 42 } },
            { name: 'router', vlan: { trunk: [20, 10] } },
            { name: 'mixed', vlan: { trunk: [10, 20], native: 30 } },
            { name: 'alone', isolated: true },
          ],
        },
      },
      host: {
        networks: {
          tenants: {
            type: 'openvswitch',
            bridge: 'ovsbr0',
            manage: true,
            datapath: 'netdev',
            uplinks: ['eth1'],
          },
        },
      },
      guests: {
        web: guest('tenants', { mac: '52:54:00:00:00:01' }, { uuid }),
        router: guest('tenants', { portGroup: 'router', queues: 2 }),
        mixed: guest('tenants', { portGroup: 'mixed', id: '00000000-0000-4000-8000-000000000001' }),
        alone: guest('tenants', { portGroup: 'alone' }),
      },
    });
    await host.converge();
    const links = host.links();
    expect(linkOf(links, 'web-eth0')).toMatchObject({
      mtu: 1400,
      address: 'fe:54:00:00:00:01',
      ifalias: 'plumbline:Guest/web/eth0',
    });
    expect(isUp(linkOf(links, 'web-eth0'))).toBe(true);
    expect(linkOf(links, 'router-eth0').linkinfo?.info_data?.multi_queue).toBe(true);

    expect(ovsPorts(host, 'ovsbr0')).toEqual(['alone-eth0', 'eth1', 'mixed-eth0', 'router-eth0', 'web-eth0']);
    const ports = (name: string) => {
      const { vlan_mode, tag, trunks, protected: isProtected } = ovsPort(host, name);
      return [vlan_mode, tag, trunks, isProtected];
    };
    expect(ports('web-eth0')).toEqual(['access', 42, [], false]);
    expect(ports('router-eth0')).toEqual(['trunk', null, [10, 20], false]);
    expect(ports('mixed-eth0')).toEqual(['native-untagged', 30, [10, 20], false]);
    expect(ports('alone-eth0')).toEqual([null, null, [], true]);
    expect(ports('eth1')).toEqual([null, null, [], false]);
    for (const name of ['web-eth0', 'router-eth0', 'mixed-eth0', 'alone-eth0', 'eth1']) {
      expect(ovsPort(host, name).error).toBeNull();
      expect(ovsPort(host, name).ofport).toBeGreaterThan(0);
    }
    expect(ovsPort(host, 'web-eth0').interfaceIds).toEqual({
      'attached-mac': '52:54:00:00:00:01',
      'iface-id': derivedInterfaceId('web', 'eth0'),
      'iface-status': 'active',
      'vm-id': uuid,
    });
    expect(ovsPort(host, 'mixed-eth0').interfaceIds).toEqual({
      'attached-mac': derivedGuestMac('mixed', 'eth0'),
      'iface-id': '00000000-0000-4000-8000-000000000001',
      'iface-status': 'active',
    });
    expect(ovsPort(host, 'web-eth0').portIds).toMatchObject({ plumbline: 'Guest/web/eth0' });
    expect(host.ovs?.vsctl('get', 'Bridge', 'ovsbr0', 'datapath_type').trim()).toBe('netdev');
    // Of a NIC only its membership is ours.
    expect(linkOf(links, 'eth1').ifalias).toBeUndefined();
    await expectConverged(host);
  });

  test('a bridge that exists gets ports and is not touched', async () => {
    const host = await kernelHost({ ovs: true });
    host.ovs?.vsctl(
      'add-br',
      'shared',
      '--',
      'set',
      'Bridge',
      'shared',
      'datapath_type=netdev',
      'external_ids:of=others',
    );
    host.want({
      host: { networks: { tenants: { type: 'openvswitch', bridge: 'shared' } } },
      guests: { web: guest('tenants') },
    });
    const row = host.ovs?.vsctl('get', 'Bridge', 'shared', '_uuid', 'external_ids', 'datapath_type');
    await host.converge();
    expect(ovsPorts(host, 'shared')).toEqual(['web-eth0']);
    expect(host.ovs?.vsctl('get', 'Bridge', 'shared', '_uuid', 'external_ids', 'datapath_type')).toBe(row);
    await expectConverged(host);
  });

  test('frames pass between two guests of one VLAN, and not to another', async () => {
    const host = await kernelHost({ nics: ['eth1'], ovs: true });
    host.want({
      networks: {
        tenants: {
          portGroups: [
            { name: 'red', vlan: { tag: 10 } },
            { name: 'blue', vlan: { tag: 20 } },
          ],
        },
      },
      host: {
        networks: { tenants: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev' } },
      },
      guests: {
        a: guest('tenants', { portGroup: 'red' }),
        b: guest('tenants', { portGroup: 'red' }),
        c: guest('tenants', { portGroup: 'blue' }),
      },
    });
    await host.converge();
    const from = ovsPort(host, 'a-eth0').ofport;
    // Open vSwitch's own account of where a broadcast would go: the bridge's local port, which is in all VLANs, and b.
    const trace = switchControl(host, 'ofproto/trace', 'sw', `in_port=${from},dl_dst=ff:ff:ff:ff:ff:ff`);
    const actions = /Datapath actions: (.*)/.exec(trace)?.[1] ?? '';
    expect(actions.split(',').filter((action) => /^\d+$/.test(action))).toHaveLength(2);
  });
});
