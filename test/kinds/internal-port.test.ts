import { expect, test } from 'vitest';
import type { AnyWanted } from '../../src/model/resource.ts';
import { idOf } from '../../src/model/resource.ts';
import { describeNeeding } from '../support/requires.ts';
import { address, internalPort, link, onLink, sysctl } from './wanted.ts';
import { wantedOvsHost } from './wanted-host.ts';

async function ovsHost() {
  const host = await wantedOvsHost();
  host.ovs.vsctl('add-br', 'sw', '--', 'set', 'Bridge', 'sw', 'datapath_type=netdev');
  const shown = () => JSON.parse(host.ns.exec('ip', '-j', '-d', 'addr', 'show', 'dev', 'gw_lab'))[0];
  return { ...host, shown };
}

const port = (rest = {}) => internalPort('gw_lab', 'sw', rest);
const internal = (rest: object = {}) =>
  link('gw_lab', { kind: 'internal', up: true, mtu: 1400, mac: '5a:00:00:00:00:03', ...rest }, [
    { id: idOf('ovs-port', 'gw_lab'), incarnation: true },
  ]);
const gateway = address('gw_lab', '10.40.0.1/24');
const forwarding = sysctl('net/ipv4/conf/gw_lab/forwarding', '1', [onLink('gw_lab')]);
const all: AnyWanted[] = [port(), internal(), gateway, forwarding];
const MADE = all.map(({ kind, name }) => `create ${kind} ${name}`);

describeNeeding(['root', 'ovs'], 'an internal port of Open vSwitch', () => {
  test('is made with its VLAN, address and MTU, and goes with all that it has', async () => {
    const { ns, ovs, converge, shown } = await ovsHost();
    const tagged = port({ vlanMode: 'access', tag: 42 });
    await converge([tagged, internal(), gateway, forwarding], MADE);
    expect(shown()).toMatchObject({
      address: '5a:00:00:00:00:03',
      mtu: 1400,
      flags: expect.arrayContaining(['UP']),
    });
    expect(ovs.vsctl('get', 'Port', 'gw_lab', 'tag', 'external_ids:plumbline')).toMatch(
      /42\s+"?Network\/lab/,
    );
    expect(ns.exec('cat', '/proc/sys/net/ipv6/conf/gw_lab/accept_ra').trim()).toBe('0');

    // A port with a smaller MTU would lower one that was set by `ip`.
    ns.ip('tuntap add dev t0 mode tap\nlink set dev t0 mtu 1300 up\n');
    ovs.vsctl('add-port', 'sw', 't0');
    expect(shown().mtu).toBe(1400);
    await converge([tagged, internal(), gateway, forwarding], []);

    await converge(
      [],
      ['delete ovs-port gw_lab', 'delete link gw_lab', `delete ${gateway.kind} ${gateway.name}`],
    );
    expect(ns.exec('ip', '-o', 'link', 'show')).not.toContain('gw_lab');
    expect(ovs.vsctl('list-ports', 'sw')).toBe('t0\n');
  });

  test.each<[string, (host: Awaited<ReturnType<typeof ovsHost>>) => void, string[]]>([
    ['is down', ({ ns }) => ns.ip('link set dev gw_lab down\n'), ['update link gw_lab']],
    [
      'has another MAC',
      ({ ovs }) => ovs.vsctl('set', 'Interface', 'gw_lab', 'mac="02:00:00:00:00:01"'),
      ['update link gw_lab'],
    ],
    [
      'has another MTU',
      ({ ovs }) => ovs.vsctl('set', 'Interface', 'gw_lab', 'mtu_request=1280'),
      ['update link gw_lab'],
    ],
    ['has a VLAN', ({ ovs }) => ovs.vsctl('set', 'Port', 'gw_lab', 'tag=7'), ['update ovs-port gw_lab']],
    ['is deleted', ({ ovs }) => ovs.vsctl('del-port', 'sw', 'gw_lab'), MADE],
    [
      'is made anew without a mark on its link',
      ({ ovs }) => {
        ovs.vsctl('del-port', 'sw', 'gw_lab');
        ovs.vsctl(
          'add-port',
          'sw',
          'gw_lab',
          '--',
          'set',
          'Interface',
          'gw_lab',
          'type=internal',
          '--',
          'set',
          'Port',
          'gw_lab',
          'external_ids:plumbline=Network/lab',
        );
      },
      ['update link gw_lab', `create address ${gateway.name}`, `update sysctl ${forwarding.name}`],
    ],
  ])('which %s is put right', async (_, does, repairs) => {
    const host = await ovsHost();
    await host.converge(all, MADE);
    does(host);
    await host.converge(all, repairs);
    expect(host.shown()).toMatchObject({
      address: '5a:00:00:00:00:03',
      mtu: 1400,
      addr_info: expect.arrayContaining([expect.objectContaining({ local: '10.40.0.1' })]),
    });
  });

  test('follows its port into another bridge, with what hangs on it', async () => {
    const { ovs, converge, shown } = await ovsHost();
    ovs.vsctl('add-br', 'sw2', '--', 'set', 'Bridge', 'sw2', 'datapath_type=netdev');
    await converge(all, MADE);
    const moved = internalPort('gw_lab', 'sw2');
    await converge(
      [moved, internal(), gateway, forwarding],
      MADE.map((text) => text.replace('create', 'replace')),
    );
    expect(ovs.vsctl('iface-to-br', 'gw_lab')).toBe('sw2\n');
    expect(shown()).toMatchObject({ address: '5a:00:00:00:00:03', mtu: 1400 });
  });

  test('takes the place of a macvlan, and gives it back', async () => {
    const { ns, ovs, converge } = await ovsHost();
    ns.ip('link add name p0 type veth peer name far\nlink set dev p0 up\nlink set dev far up\n');
    const macvlan = link(
      'gw_lab',
      { kind: 'macvlan', up: true, mtu: 1400, mac: '5a:00:00:00:00:03', parent: 'p0', mode: 'bridge' },
      [onLink('p0')],
    );
    await converge([macvlan, gateway], ['create link gw_lab', `create address ${gateway.name}`]);
    await converge(
      [port(), internal(), gateway],
      ['create ovs-port gw_lab', 'replace link gw_lab', `replace address ${gateway.name}`],
    );
    await converge(
      [macvlan, gateway],
      ['delete ovs-port gw_lab', 'replace link gw_lab', `replace address ${gateway.name}`],
    );
    await converge([], ['delete link gw_lab', `delete address ${gateway.name}`]);
    expect(ovs.vsctl('list-ports', 'sw')).toBe('');
  });

  test('takes no link of a stranger that has its name', async () => {
    const { ns, ovs, run } = await ovsHost();
    // Open vSwitch would open this very tap for its port.
    ns.ip('tuntap add dev gw_lab mode tap\n');
    const before = ns.exec('ip', '-d', 'link', 'show', 'dev', 'gw_lab');
    const { troubles } = await run(all);
    expect(troubles).toEqual(
      expect.arrayContaining([expect.stringMatching(/^name-taken: gw_lab: .*not Plumbline's/)]),
    );
    expect(ovs.vsctl('list-ports', 'sw')).toBe('');
    expect(ns.exec('ip', '-d', 'link', 'show', 'dev', 'gw_lab')).toBe(before);
  });
});
