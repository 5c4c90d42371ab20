import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { type KernelHost, sharedHost } from './kernel-host.ts';
import { indexes } from './kernel-links.ts';
import { ovsPort, ovsPorts } from './ovs-rows.ts';

interface Drift {
  does(host: KernelHost): void;
  repairs: string[];
  /** Ports whose row is another afterwards; all others keep theirs. */
  anew?: string[];
}

const vsctl = (host: KernelHost, ...args: string[]) => host.ovs?.vsctl(...args).trim() ?? '';
const addTap = (name: string) => `tuntap add dev ${name} mode tap`;

const DRIFTS: Record<string, Drift> = {
  'a port is deleted': {
    does: (host) => vsctl(host, 'del-port', 'sw', 'a-eth0'),
    repairs: ['create ovs-port a-eth0'],
    anew: ['a-eth0'],
  },
  'the uplink is no port any more': {
    does: (host) => vsctl(host, 'del-port', 'sw', 'eth1'),
    repairs: ['create ovs-port eth1'],
    anew: ['eth1'],
  },
  'a port has another tag': {
    does: (host) => vsctl(host, 'set', 'Port', 'a-eth0', 'tag=99'),
    repairs: ['update ovs-port a-eth0'],
  },
  'a port has trunks': {
    does: (host) => vsctl(host, 'set', 'Port', 'b-eth0', 'trunks=7,8', 'vlan_mode=trunk'),
    repairs: ['update ovs-port b-eth0'],
  },
  'a port has a VLAN mode that nobody wants': {
    does: (host) => vsctl(host, 'set', 'Port', 'a-eth0', 'vlan_mode=dot1q-tunnel'),
    repairs: ['update ovs-port a-eth0'],
  },
  'a port is no longer protected': {
    does: (host) => vsctl(host, 'set', 'Port', 'b-eth0', 'protected=false'),
    repairs: ['update ovs-port b-eth0'],
  },
  'external ids are gone and wrong': {
    does: (host) => {
      vsctl(host, 'remove', 'Interface', 'a-eth0', 'external_ids', 'iface-id');
      vsctl(host, 'set', 'Interface', 'a-eth0', 'external_ids:attached-mac=02:00:00:00:00:00');
    },
    repairs: ['update ovs-port a-eth0'],
  },
  'a port is of a type that makes no use of its tap': {
    does: (host) => vsctl(host, 'set', 'Interface', 'a-eth0', 'type=vxlan', 'options:remote_ip=192.0.2.1'),
    repairs: ['replace ovs-port a-eth0'],
    anew: ['a-eth0'],
  },
  'a port is in error': {
    does: (host) =>
      vsctl(host, '--timeout=5', '--no-wait', 'set', 'Interface', 'b-eth0', 'type=no-such-type'),
    repairs: ['replace ovs-port b-eth0'],
    anew: ['b-eth0'],
  },
  'a port is moved to another bridge': {
    does: (host) => {
      const { uuid } = ovsPort(host, 'a-eth0');
      vsctl(host, 'remove', 'Bridge', 'sw', 'ports', uuid, '--', 'add', 'Bridge', 'other', 'ports', uuid);
    },
    repairs: ['replace ovs-port a-eth0'],
    anew: ['a-eth0'],
  },
  'a tap is deleted under its port': {
    does: (host) => host.ns.ip('link del dev a-eth0\n'),
    repairs: ['create link a-eth0', 'replace ovs-port a-eth0'],
    anew: ['a-eth0'],
  },
  'a tap is made anew under its port, mark and all': {
    does: (host) =>
      host.ns.ip(
        `link del dev a-eth0\n${addTap('a-eth0')}\nlink set dev a-eth0 alias plumbline:Guest/a/eth0 address fe:54:00:00:00:01 up\n`,
      ),
    repairs: ['replace ovs-port a-eth0'],
    anew: ['a-eth0'],
  },
  'the bridge is deleted': {
    does: (host) => vsctl(host, 'del-br', 'sw'),
    repairs: [
      'create ovs-bridge sw',
      'create ovs-port a-eth0',
      'create ovs-port b-eth0',
      'create ovs-port eth1',
    ],
    anew: ['a-eth0', 'b-eth0', 'eth1'],
  },
};

describeNeeding(['root', 'ovs'], 'drift on Open vSwitch', () => {
  const shared = sharedHost({ nics: ['eth1'], ovs: true }, async (host) => {
    vsctl(host, 'add-br', 'other', '--', 'set', 'Bridge', 'other', 'datapath_type=netdev');
    host.want({
      networks: {
        tenants: {
          portGroups: [
            { name: 'web', default: true, vlan: { tag: 42 } },
            { name: 'alone', isolated: true },
          ],
        },
      },
      host: {
        networks: {
          tenants: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev', uplinks: ['eth1'] },
        },
      },
      guests: {
        a: guest('tenants', { mac: '52:54:00:00:00:01' }),
        b: guest('tenants', { portGroup: 'alone' }),
      },
    });
    await host.converge();
  });
  const PORTS = ['a-eth0', 'b-eth0', 'eth1'];
  /** Without what tells one row from the next of the same content. */
  const contents = (host: KernelHost) =>
    PORTS.map((name) => {
      const { uuid, ofport, portIds, ...rest } = ovsPort(host, name);
      return { ...rest, owner: portIds.plumbline, bound: Number(portIds['plumbline-ifindex']) };
    });

  test.each(Object.entries(DRIFTS))('%s', async (_, { does, repairs, anew = [] }) => {
    const host = shared();
    const rows = PORTS.map((name) => ovsPort(host, name).uuid);
    const before = contents(host);
    does(host);
    const { report } = await host.converge();
    expect(report.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`).sort()).toEqual(
      repairs,
    );
    const links = indexes(host.links());
    expect(contents(host)).toEqual(before.map((row, i) => ({ ...row, bound: links[PORTS[i] ?? ''] })));
    expect(ovsPorts(host, 'sw')).toEqual(PORTS);
    expect(ovsPorts(host, 'other')).toEqual([]);
    for (const [i, name] of PORTS.entries()) {
      const { uuid, ofport } = ovsPort(host, name);
      expect([name, uuid === rows[i]]).toEqual([name, !anew.includes(name)]);
      expect(ofport).toBeGreaterThan(0);
    }
    expect((await host.plan()).report.inSync).toBe(true);
  });

  test('the keys of others stay through a repair', async () => {
    const host = shared();
    vsctl(
      host,
      'set',
      'Interface',
      'a-eth0',
      'external_ids:ovn-installed=true',
      'external_ids:iface-status=inactive',
    );
    vsctl(host, 'set', 'Port', 'a-eth0', 'external_ids:of=others', 'tag=7');
    await host.converge();
    expect(ovsPort(host, 'a-eth0')).toMatchObject({
      tag: 42,
      portIds: { of: 'others' },
      interfaceIds: { 'ovn-installed': 'true', 'iface-status': 'active' },
    });
  });

  test('the mark of a port is gone: it is a stranger now, reported and left alone', async () => {
    const host = shared();
    vsctl(host, 'remove', 'Port', 'b-eth0', 'external_ids', 'plumbline');
    const before = ovsPort(host, 'b-eth0');
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    expect(report.problems).toMatchObject([{ code: 'name-taken', source: { file: 'guests/b.yaml' } }]);
    expect(ovsPort(host, 'b-eth0')).toEqual(before);
  });
});
