import { expect, test } from 'vitest';
import { BUILDING_GROUP } from '../../src/model/mark.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { holdMacvtap, holdTap } from './holder.ts';
import { expectConverged, kernelHost, results } from './kernel-host.ts';
import { expectUntouched, indexes, isOurs, isUp, linkOf } from './kernel-links.ts';
import { ovsPort, ovsPorts } from './ovs-rows.ts';

const red = (...devices: string[]) => ({
  type: 'direct' as const,
  mode: 'vepa' as const,
  pool: devices.map((device) => ({ device })),
});

describeNeeding(['root'], 'a running guest keeps its device', () => {
  test('a macvtap that git removes stays while it is open, paused or not, and goes by itself then', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({ host: { networks: { red: red('p0') } }, guests: guests('g', 3, 'red') });
    await host.converge();
    const before = host.links();
    const holder = await holdMacvtap(host, 'g0-eth0');
    host.want({ host: { networks: { red: red('p0') } }, guests: { g2: guest('red') } });
    for (const signal of ['SIGCONT', 'SIGSTOP'] as const) {
      holder.signal(signal);
      const { status, report } = await host.apply();
      expect(status).toBe(2);
      expect(report.changes.find(({ name }) => name === 'g0-eth0')).toMatchObject({
        action: 'delete',
        impact: 'remove',
        result: 'held',
        gate: { is: 'held', why: 'guestRuns', held: { is: 'held', pids: [holder.pid] } },
      });
      expectUntouched(before, host.links(), 'g1-eth0');
      expect(host.links()['g1-eth0']).toBeUndefined();
    }
    expect((await host.plan('--exit-code')).status).toBe(2);
    const text = await host.run(['plan', host.desired, '--host', 'a']);
    expect(text.stdout).toContain(`${holder.pid}`);
    expect(text.stdout).toContain('or by plumbline apply --allow-recreate, which cuts the guest off');
    const preview = await host.run(['plan', host.desired, '--host', 'a', '--allow-recreate']);
    expect(preview.stdout).toContain('REMOVES the device of g0');
    expect(preview.stdout).toContain(`\nNext: plumbline apply ${host.desired} --host a --allow-recreate\n`);
    await holder.release();
    await host.converge();
    expect(host.links()['g0-eth0']).toBeUndefined();
  });

  test('one that a run left unfinished stays while it is open, and is finished then', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    for (const name of ['g0-eth0', 'g9-eth0']) {
      host.ns.ip(
        `link add link p0 name ${name} group ${BUILDING_GROUP} type macvtap mode vepa\nlink set dev ${name} up\n`,
      );
    }
    const before = indexes(host.links());
    const holders = [await holdMacvtap(host, 'g0-eth0'), await holdMacvtap(host, 'g9-eth0')];
    host.want({ host: { networks: { red: red('p0') } }, guests: guests('g', 2, 'red') });
    const answer = await host.apply();
    // g1's is made, so that the host is read again and cleared of leftovers.
    expect([answer.status, results(answer)]).toEqual([
      2,
      { 'link g0-eth0': 'held', 'link g1-eth0': 'done', 'link g9-eth0': 'held' },
    ]);
    expect(indexes(host.links())).toMatchObject(before);
    for (const holder of holders) await holder.release();
    await host.converge();
    expect(host.links()['g9-eth0']).toBeUndefined();
    expect(isOurs(linkOf(host.links(), 'g0-eth0'))).toBe(true);
  });

  test('teardown leaves what is open, and what it hangs on', async () => {
    const host = await kernelHost({ nics: ['eth1'] });
    host.want({
      host: { networks: { s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['eth1'] } } },
      guests: guests('g', 2, 's'),
    });
    await host.converge();
    const before = host.links();
    const holder = await holdTap(host, 'g0-eth0');
    const { status, stdout } = await host.run(['teardown', '--yes', '-o', 'json']);
    expect(status).toBe(2);
    const changes: { name: string; result: string }[] = JSON.parse(stdout).changes;
    expect(Object.fromEntries(changes.map(({ name, result }) => [name, result]))).toEqual({
      'br-s': 'held',
      'g0-eth0': 'held',
      'g1-eth0': 'done',
      eth1: 'held',
    });
    expectUntouched(before, host.links(), 'g1-eth0');
    await holder.release();
    expect((await host.run(['teardown', '--yes'])).status).toBe(0);
    expect(linkOf(host.links(), 'eth1').master).toBeUndefined();
    expect(host.links()['br-s']).toBeUndefined();
  });

  test('other queues need another tap: not while it is open, unless allowed', async () => {
    const host = await kernelHost();
    host.ns.ip('link add name br0 type bridge\n');
    const want = (queues: number) =>
      host.want({
        host: { networks: { office: { type: 'bridge', bridge: 'br0' } } },
        guests: { g: guest('office', { queues }), h: guest('office', { queues }) },
      });
    want(1);
    await host.converge();
    const before = indexes(host.links());
    const holder = await holdTap(host, 'g-eth0');
    want(4);
    const { status, report } = await host.apply();
    expect(status).toBe(2);
    expect(report.changes.map(({ action, name, result }) => [action, name, result])).toEqual([
      ['replace', 'g-eth0', 'held'],
      ['replace', 'h-eth0', 'done'],
    ]);
    expect(linkOf(host.links(), 'g-eth0').ifindex).toBe(before['g-eth0']);
    expect(linkOf(host.links(), 'h-eth0').linkinfo?.info_data?.multi_queue).toBe(true);

    await host.converge('--allow-recreate');
    expect(linkOf(host.links(), 'g-eth0').ifindex).not.toBe(before['g-eth0']);
    expect(linkOf(host.links(), 'g-eth0').linkinfo?.info_data?.multi_queue).toBe(true);
    await holder.release();
    await expectConverged(host);
  });

  test('whatever can be changed in place is, while it is open', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip('link add name br0 type bridge\nlink add name br1 type bridge\n');
    host.want({
      host: { networks: { office: { type: 'bridge', bridge: 'br0' }, red: red('p0') } },
      guests: { t: guest('office'), m: guest('red') },
    });
    await host.converge();
    const before = indexes(host.links());
    const holders = [await holdTap(host, 't-eth0'), await holdMacvtap(host, 'm-eth0')];
    host.want({
      networks: { red: { mtu: 1400 } },
      host: {
        networks: {
          office: { type: 'bridge', bridge: 'br1' },
          red: { ...red('p0'), mode: 'bridge' },
        },
      },
      guests: { t: guest('office'), m: guest('red', { mac: '52:54:00:00:00:01' }) },
    });
    const { report } = await host.converge();
    expect(report.changes.map(({ name, impact }) => [name, impact])).toEqual([
      ['m-eth0', 'rewire'],
      ['t-eth0', 'rewire'],
    ]);
    expect(indexes(host.links())).toEqual(before);
    expect(linkOf(host.links(), 't-eth0').master).toBe('br1');
    expect(linkOf(host.links(), 'm-eth0')).toMatchObject({ mtu: 1400, address: '52:54:00:00:00:01' });
    for (const holder of holders) await holder.release();
  });

  test('a change of network that needs another device waits, with all that carries the traffic', async () => {
    const host = await kernelHost({ nics: ['eth1', 'p0'] });
    const s = { type: 'bridge' as const, bridge: 'br-s', manage: true, uplinks: ['eth1'] };
    host.want({ host: { networks: { s } }, guests: { g: guest('s') } });
    await host.converge();
    const before = host.links();
    const holder = await holdTap(host, 'g-eth0');
    host.want({ host: { networks: { red: red('p0') } }, guests: { g: guest('red') } });
    const { status, report } = await host.apply();
    expect(status).toBe(2);
    expect(report.changes.map(({ action, name, result }) => [action, name, result])).toEqual([
      ['delete', 'br-s', 'held'],
      ['replace', 'g-eth0', 'held'],
      ['delete', 'eth1', 'held'],
    ]);
    expectUntouched(before, host.links());
    await holder.release();
    await host.converge();
    expect(linkOf(host.links(), 'g-eth0')).toMatchObject({ link: 'p0', linkinfo: { info_kind: 'macvtap' } });
    expect(linkOf(host.links(), 'eth1').master).toBeUndefined();
  });

  test('more running guests than the guard allows are not rewired without approval', async () => {
    const host = await kernelHost();
    host.ns.ip('link add name br0 type bridge\nlink add name br1 type bridge\n');
    const want = (bridge: string) =>
      host.want({
        host: { networks: { office: { type: 'bridge', bridge } } },
        guests: guests('g', 6, 'office'),
      });
    want('br0');
    await host.converge();
    const before = host.links();
    const holders = [];
    for (let i = 0; i < 4; i++) holders.push(await holdTap(host, `g${i}-eth0`));
    want('br1');
    const { status, report } = await host.apply();
    expect([status, report.problems.map(({ code }) => code)]).toEqual([2, ['guard-cut']]);
    expectUntouched(before, host.links());
    // Three are no more than three.
    await holders.pop()?.release();
    await host.converge();
    expect(linkOf(host.links(), 'g0-eth0').master).toBe('br1');
    for (const holder of holders) await holder.release();
  });
});

describeNeeding(['root', 'ovs'], 'a running guest keeps its port', () => {
  test('the port and its uplink stay with an open tap, whatever git says', async () => {
    const host = await kernelHost({ nics: ['eth1'], ovs: true });
    const tenants = {
      type: 'openvswitch' as const,
      bridge: 'sw',
      manage: true,
      datapath: 'netdev' as const,
      uplinks: ['eth1'],
    };
    host.want({ host: { networks: { tenants } }, guests: guests('g', 2, 'tenants') });
    await host.converge();
    const holder = await holdTap(host, 'g0-eth0');
    const rows = ['eth1', 'g0-eth0'].map((name) => ovsPort(host, name).uuid);
    host.want({ host: { networks: {} } });
    const { status, report } = await host.apply();
    expect(status).toBe(2);
    expect(report.changes.map(({ kind, name, result }) => `${kind} ${name} ${result}`)).toEqual([
      'link g0-eth0 held',
      'link g1-eth0 done',
      'ovs-bridge sw held',
      'ovs-port eth1 held',
      'ovs-port g0-eth0 held',
      'ovs-port g1-eth0 done',
    ]);
    expect(ovsPorts(host, 'sw')).toEqual(['eth1', 'g0-eth0']);
    expect(['eth1', 'g0-eth0'].map((name) => ovsPort(host, name).uuid)).toEqual(rows);
    expect(isUp(linkOf(host.links(), 'g0-eth0'))).toBe(true);
    await holder.release();
    await host.converge();
    expect(host.ovs?.vsctl('list-br').trim()).toBe('');
  });
});
