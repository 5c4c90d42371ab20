import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, kernelHost, results } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';
import { ovsBridges, ovsPorts } from './ovs-rows.ts';

const managed = (bridge: string, uplinks: string[] = []) => ({
  type: 'openvswitch' as const,
  bridge,
  manage: true,
  datapath: 'netdev' as const,
  uplinks,
});

describeNeeding(['root', 'ovs'], 'strangers in Open vSwitch', () => {
  test("what a stranger's bond has is taken: a NIC, and a name that has no link yet", async () => {
    const host = await kernelHost({ nics: ['eth1', 'eth2'], ovs: true });
    const vsctl = (...args: string[]) => host.ovs?.vsctl(...args) ?? '';
    vsctl('add-br', 'theirs', '--', 'set', 'Bridge', 'theirs', 'datapath_type=netdev');
    vsctl('add-bond', 'theirs', 'bond0', 'eth1', 'web-eth0');
    const rows = () => vsctl('--columns=_uuid,interfaces', 'list', 'Port', 'bond0');
    const before = rows();
    host.want({
      host: { networks: { s: managed('sw', ['eth1']) } },
      guests: { web: guest('s'), free: guest('s') },
    });
    const answer = await host.apply();
    expect(results(answer)).toEqual({
      'link free-eth0': 'done',
      'link web-eth0': 'skipped',
      'ovs-bridge sw': 'done',
      'ovs-port eth1': 'skipped',
      'ovs-port free-eth0': 'done',
      'ovs-port web-eth0': 'skipped',
    });
    expect(answer.report.problems.map(({ code, message, hint }) => [code, message, hint])).toEqual([
      [
        'name-taken',
        expect.stringContaining('taken by port bond0 of Open vSwitch bridge theirs'),
        expect.stringContaining('ovs-vsctl del-port theirs bond0'),
      ],
      [
        'device-in-use',
        expect.stringContaining('taken by port bond0 of Open vSwitch bridge theirs'),
        expect.stringContaining('ovs-vsctl del-port theirs bond0'),
      ],
    ]);
    expect(host.links()).not.toHaveProperty('web-eth0');
    host.want({
      host: { networks: { t: { type: 'bridge', bridge: 'br-t', manage: true, uplinks: ['eth1'] } } },
    });
    expect(results(await host.apply())).toMatchObject({ 'membership eth1': 'skipped' });
    expect(linkOf(host.links(), 'eth1').master).toBeUndefined();
    expect(rows()).toBe(before);
  });

  test('a bridge that is no longer managed is handed over by what the report says to type', async () => {
    const host = await kernelHost({ nics: ['eth1'], ovs: true });
    host.want({ host: { networks: { s: managed('sw', ['eth1']) } }, guests: { web: guest('s') } });
    await host.converge();
    host.want({
      host: { networks: { s: { type: 'openvswitch', bridge: 'sw' } } },
      guests: { web: guest('s') },
    });
    const { report } = await host.apply();
    expect(report.problems).toMatchObject([{ code: 'bridge-is-ours' }]);
    const command = /\(ovs-vsctl (.*)\)/.exec(report.problems[0]?.hint ?? '')?.[1] ?? '';
    host.ovs?.vsctl(...command.split(' '));
    await expectConverged(host);
    expect(ovsPorts(host, 'sw')).toEqual(['eth1', 'web-eth0']);
    await host.run(['teardown', '--yes']);
    expect([ovsBridges(host), ovsPorts(host, 'sw')]).toEqual([['sw'], ['eth1']]);
  });

  test("a stranger's port made of a device of ours keeps it, and the report says how it goes", async () => {
    const host = await kernelHost({ ovs: true });
    host.ovs?.vsctl('add-br', 'theirs', '--', 'set', 'Bridge', 'theirs', 'datapath_type=netdev');
    const networks = { l: { type: 'bridge' as const, bridge: 'br-l', manage: true } };
    host.want({ host: { networks }, guests: { web: guest('l') } });
    await host.converge();
    host.ovs?.vsctl('add-port', 'theirs', 'br-l');
    host.want({ host: {} });
    const { report } = await host.apply();
    expect(report.problems).toMatchObject([
      {
        code: 'holds-strangers',
        message:
          "br-l cannot go: port br-l of Open vSwitch bridge theirs is made of it and is not Plumbline's",
        hint: 'take it out there first: ovs-vsctl del-port theirs br-l',
      },
    ]);
  });
});
