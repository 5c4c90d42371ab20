import { expect, test } from 'vitest';
import { tapMac } from '../../src/model/identity.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { expectUntouched, indexes, isUp, linkOf } from './kernel-links.ts';
import { ovsPort, ovsPorts } from './ovs-rows.ts';

describeNeeding(['root'], 'adopt', () => {
  test('a bridge with its uplink, a tap and a macvtap are taken over as they are', async () => {
    const host = await kernelHost({ nics: ['eth1', 'p0', 'p1'] });
    host.ns.ip(
      [
        // With the kernel's forward delay, which counts for nothing without STP.
        'link add name br-s type bridge',
        'link set dev eth1 address 02:00:00:00:00:01 master br-s',
        'link set dev br-s up',
        'tuntap add dev t-eth0 mode tap',
        'link set dev t-eth0 master br-s up',
        'link add link p1 name m-eth0 address 52:54:00:00:00:02 type macvtap mode vepa',
        'link set dev m-eth0 up',
        '',
      ].join('\n'),
    );
    const before = host.links();
    const network = (adopt: boolean) => ({
      networks: {
        s: { type: 'bridge' as const, bridge: 'br-s', manage: true, uplinks: ['eth1'], adopt },
        red: { type: 'direct' as const, mode: 'vepa' as const, pool: [{ device: 'p0' }, { device: 'p1' }] },
      },
    });
    const those = (adopt: boolean) => ({
      t: guest('s', { mac: '52:54:00:00:00:01' }, { adopt }),
      m: guest('red', { mac: '52:54:00:00:00:02' }, { adopt }),
    });
    host.want({ host: network(false), guests: those(false) });
    expect((await host.apply()).status).toBe(1);
    expectUntouched(before, host.links());

    host.want({ host: network(true), guests: those(true) });
    const { report } = await host.converge();
    expect(report.changes.map(({ action, name, reason, impact }) => [action, name, reason, impact])).toEqual([
      ['update', 'br-s', 'taken over', 'none'],
      ['update', 'm-eth0', 'taken over', 'none'],
      ['update', 't-eth0', 'taken over', 'none'],
      ['create', 'eth1', 'missing', 'none'],
    ]);
    const links = host.links();
    expect(indexes(links)).toEqual(indexes(before));
    expect([linkOf(links, 'br-s').ifalias, linkOf(links, 'br-s').altnames]).toEqual([
      'plumbline:Network/s',
      ['plumbline:uplink:eth1@br-s'],
    ]);
    expect(linkOf(links, 'm-eth0')).toMatchObject({ ifalias: 'plumbline:Guest/m/eth0', link: 'p1' });
    expect(linkOf(links, 't-eth0')).toMatchObject({
      ifalias: 'plumbline:Guest/t/eth0',
      address: tapMac('52:54:00:00:00:01'),
    });
    // The bridge keeps the address that it had, and it is its own from now on.
    expect(linkOf(links, 'br-s').address).toBe(linkOf(before, 'br-s').address);
    host.ns.ip('link set dev eth1 address 02:00:00:00:00:77\n');
    expect(linkOf(host.links(), 'br-s').address).toBe(linkOf(before, 'br-s').address);
    await expectConverged(host);
  });

  test('all macvtaps of a network are taken over where they are', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1', 'p2'] });
    host.ns.ip(
      [0, 1, 2]
        .map(
          (i) =>
            `link add link p1 name g${i}-eth0 address 52:54:00:00:00:0${i} type macvtap mode vepa\nlink set dev g${i}-eth0 up\n`,
        )
        .join(''),
    );
    const before = host.links();
    const pool = ['p0', 'p1', 'p2'].map((device) => ({ device }));
    host.want({
      host: { networks: { red: { type: 'direct', mode: 'vepa', pool, adopt: true } } },
      guests: Object.fromEntries(
        [0, 1, 2].map((i) => [`g${i}`, guest('red', { mac: `52:54:00:00:00:0${i}` })]),
      ),
    });
    await host.converge();
    expect(indexes(host.links())).toEqual(indexes(before));
    await expectConverged(host);
  });

  test('what differs is not taken over, and the report names in what', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip(
      [
        'link add name br-s type bridge',
        'link set dev br-s type bridge ageing_time 100',
        'link set dev br-s up',
        'link add name br0 type bridge',
        'tuntap add dev t-eth0 mode tap multi_queue',
        'link set dev t-eth0 master br0',
        'link add link p0 name m-eth0 address 52:54:00:00:00:09 type macvtap mode private',
        'link set dev m-eth0 up',
        '',
      ].join('\n'),
    );
    const before = host.links();
    host.want({
      host: {
        networks: {
          s: { type: 'bridge', bridge: 'br-s', manage: true, ageingTime: 60, adopt: true },
          office: { type: 'bridge', bridge: 'br0', adopt: true },
          red: { type: 'direct', mode: 'vepa', pool: [{ device: 'p0' }], adopt: true },
        },
      },
      guests: { t: guest('office'), m: guest('red', { mac: '52:54:00:00:00:02' }) },
    });
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    const whys = Object.fromEntries(
      report.changes.map(({ name, gate }) => [name, gate.why?.split('differs in ')[1]]),
    );
    expect(whys).toEqual({
      'br-s': 'ageingTime (1, wanted 60)',
      't-eth0': 'multiQueue (true, wanted false), up (false, wanted true)',
      'm-eth0': 'mode ("private", wanted "vepa")',
    });
    expect(report.problems.map(({ hint }) => hint)).toEqual(
      Array(3).fill('set it to what is wanted, or write what stands there into the documents'),
    );
    expect(report.problems.map(({ code }) => code)).toEqual(Array(3).fill('name-taken'));
    expectUntouched(before, host.links());
  });
});

describeNeeding(['root', 'ovs'], 'adopt on Open vSwitch', () => {
  test('a bridge with its ports is taken over, rows and all', async () => {
    const host = await kernelHost({ nics: ['eth1'], ovs: true });
    host.ns.ip('tuntap add dev g-eth0 mode tap\nlink set dev g-eth0 up\n');
    const vsctl = (...args: string[]) => host.ovs?.vsctl(...args);
    vsctl('add-br', 'sw', '--', 'set', 'Bridge', 'sw', 'datapath_type=netdev');
    vsctl('add-port', 'sw', 'eth1', '--', 'add-port', 'sw', 'g-eth0', 'tag=42');
    vsctl('set', 'Interface', 'g-eth0', 'external_ids:iface-status=active', 'external_ids:vm-id=x');
    const rows = ['eth1', 'g-eth0'].map((name) => ovsPort(host, name).uuid);
    const before = indexes(host.links());
    host.want({
      networks: { t: { portGroups: [{ name: 'web', vlan: { tag: 42 }, default: true }] } },
      host: {
        networks: {
          t: {
            type: 'openvswitch',
            bridge: 'sw',
            manage: true,
            datapath: 'netdev',
            uplinks: ['eth1'],
            adopt: true,
          },
        },
      },
      guests: {
        g: guest('t', {
          mac: '52:54:00:00:00:01',
          id: '00000000-0000-4000-8000-000000000001',
        }),
      },
    });
    // Ids that another wrote are a difference: who has them wrong may mean another guest.
    const refused = await host.apply();
    expect(refused.status).toBe(1);
    expect(refused.report.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('externalIds'),
    ]);
    vsctl(
      'set',
      'Interface',
      'g-eth0',
      'external_ids:attached-mac="52:54:00:00:00:01"',
      'external_ids:iface-id=00000000-0000-4000-8000-000000000001',
    );
    await host.converge();
    expect(indexes(host.links())).toEqual(before);
    expect(['eth1', 'g-eth0'].map((name) => ovsPort(host, name).uuid)).toEqual(rows);
    expect(ovsPort(host, 'g-eth0').portIds).toMatchObject({ plumbline: 'Guest/g/eth0' });
    await expectConverged(host);
    // Ours now, so it goes with its document.
    host.want({ host: { networks: {} } });
    await host.converge();
    expect(host.ovs?.vsctl('list-br').trim()).toBe('');
    expect(host.links().eth1?.ifindex).toBe(before.eth1);
  });

  test('names and ports of strangers', async () => {
    const host = await kernelHost({ nics: ['eth1', 'eth2'], ovs: true });
    const vsctl = (...args: string[]) => host.ovs?.vsctl(...args);
    for (const bridge of ['theirs', 'sw2']) {
      vsctl('add-br', bridge, '--', 'set', 'Bridge', bridge, 'datapath_type=netdev');
    }
    vsctl('add-port', 'theirs', 'eth1');
    // A row whose device does not stand: Open vSwitch would take our tap into their bridge.
    vsctl('--', 'add-port', 'theirs', 'y-eth0');
    const managed = { type: 'openvswitch' as const, manage: true, datapath: 'netdev' as const };
    host.want({
      host: {
        networks: {
          t: { ...managed, bridge: 'sw', uplinks: ['eth1'] },
          u: { ...managed, bridge: 'sw2' },
        },
      },
      guests: { x: guest('t'), y: guest('t'), z: guest('u') },
    });
    const before = host.links();
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    expect(
      Object.fromEntries(report.changes.map(({ kind, name, result }) => [`${kind} ${name}`, result])),
    ).toEqual({
      'link x-eth0': 'done',
      'link y-eth0': 'skipped',
      'link z-eth0': 'skipped',
      'ovs-bridge sw': 'done',
      'ovs-bridge sw2': 'skipped',
      'ovs-port eth1': 'skipped',
      'ovs-port x-eth0': 'done',
      'ovs-port y-eth0': 'skipped',
      'ovs-port z-eth0': 'skipped',
    });
    expectUntouched(before, host.links(), 'sw', 'x-eth0', 'ovs-netdev');
    expect(ovsPorts(host, 'theirs')).toEqual(['eth1', 'y-eth0']);

    // And a port of theirs in a bridge of ours keeps it.
    vsctl('add-port', 'sw', 'eth2');
    expect(isUp(linkOf(host.links(), 'eth2'))).toBe(true);
    host.want({ host: { networks: {} } });
    const gone = await host.apply();
    expect(gone.status).toBe(1);
    expect(gone.report.problems.map(({ code }) => code)).toEqual(['holds-strangers']);
    expect(ovsPorts(host, 'sw')).toEqual(['eth2']);
  });
});
