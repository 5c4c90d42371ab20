import { mkdirSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { expectUntouched, isOurs, linkOf } from './kernel-links.ts';
import { ovsBridges, ovsPorts } from './ovs-rows.ts';

const direct = (count: number) => ({
  type: 'direct' as const,
  mode: 'vepa' as const,
  pool: [{ device: 'p0', maxGuests: count }],
});

describeNeeding(['root'], 'prune', () => {
  test('what git no longer names goes, and uplinks are released', async () => {
    const host = await kernelHost({ nics: ['eth1', 'p0'] });
    const before = host.links();
    host.want({
      host: {
        networks: {
          s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['eth1'] },
          red: direct(8),
        },
      },
      guests: { ...guests('s', 2, 's'), ...guests('r', 2, 'red') },
    });
    await host.converge();
    const full = host.links();

    host.want({
      host: {
        networks: { s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['eth1'] }, red: direct(8) },
      },
      guests: { s0: guest('s'), r0: guest('red') },
    });
    const { report } = await host.converge();
    expect(report.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'delete r1-eth0',
      'delete s1-eth0',
    ]);
    expectUntouched(full, host.links(), 'r1-eth0', 's1-eth0');

    host.want({ host: { networks: { red: direct(8) } }, guests: { r0: guest('red') } });
    await host.converge();
    expect(Object.keys(host.links()).filter((name) => !(name in before))).toEqual(['r0-eth0']);
    expect(linkOf(host.links(), 'eth1').master).toBeUndefined();
    await expectConverged(host);

    host.want({ host: { networks: {} } });
    await host.converge();
    expectUntouched(before, host.links());
  });

  test('more than half and more than ten: held back, until it is said to be meant', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const parts = { host: { networks: { red: direct(100) } } };
    host.want({ ...parts, guests: guests('g', 20, 'red') });
    await host.converge();
    const full = host.links();

    host.want({ ...parts, guests: { ...guests('g', 9, 'red'), fresh: guest('red') } });
    const held = await host.apply();
    expect(held.status).toBe(2);
    expect(held.report.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['guard-prune', 'warning'],
    ]);
    // The whole run stands still, what is new as well.
    expect(new Set(held.report.changes.map(({ result }) => result))).toEqual(new Set(['held']));
    expect(held.report.changes).toHaveLength(12);
    expectUntouched(full, host.links());

    await host.converge('--allow-prune');
    expect(Object.values(host.links()).filter(isOurs)).toHaveLength(10);
    await expectConverged(host);

    // Ten of ten are no more than ten.
    host.want(parts);
    await host.converge();
    expect(Object.values(host.links()).filter(isOurs)).toHaveLength(0);
  });

  test('an empty directory, one that is gone, or one without this host is an error', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({ host: { networks: { red: direct(8) } }, guests: { g: guest('red') } });
    await host.converge();
    const before = host.links();
    const spoils: [string, () => void][] = [
      ['kvm-b', () => {}],
      ['a', () => rmSync(host.desired, { recursive: true })],
      ['a', () => mkdirSync(host.desired)],
    ];
    for (const [name, spoil] of spoils) {
      spoil();
      const { status, stderr } = await host.run(['apply', host.desired, '--host', name, '--allow-prune']);
      expect(status).toBe(1);
      expect(stderr).not.toBe('');
      expectUntouched(before, host.links());
    }
  });

  test('a text that cannot be read removes nothing', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const parts = { host: { networks: { red: direct(8) } } };
    host.want({ ...parts, guests: guests('g', 2, 'red') });
    await host.converge();
    const before = host.links();
    host.want({ ...parts, guests: { g0: guest('red') } });
    host.ns.exec('sh', '-c', `printf 'kind: Guest\\nmetadata: [' > ${host.desired}/guests/g1.yaml`);
    const { status, stderr } = await host.run(['apply', host.desired, '--host', 'a']);
    expect(status).toBe(1);
    expect(stderr).toContain('guests/g1.yaml');
    expectUntouched(before, host.links());
  });

  test('a thousand macvtaps come and go', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    const before = host.links();
    const pool = [{ device: 'p0' }, { device: 'p1' }];
    host.want({
      host: { networks: { red: { type: 'direct', mode: 'bridge', pool } } },
      guests: guests('g', 1000, 'red'),
    });
    await host.converge();
    const made = Object.values(host.links()).filter(isOurs);
    expect(made.filter((link) => link.link === 'p0')).toHaveLength(500);
    expect(made).toHaveLength(1000);
    const { status } = await host.run(['teardown', '--yes']);
    expect(status).toBe(0);
    expectUntouched(before, host.links());
  });
});

describeNeeding(['root', 'ovs'], 'teardown', () => {
  test('leaves exactly the strangers', async () => {
    const host = await kernelHost({ nics: ['eth1', 'eth2', 'p0'], ovs: true });
    host.ns.ip(
      [
        'link add name br0 type bridge',
        'link set dev br0 address 02:00:00:00:00:01 up',
        'link add link p0 name theirs type macvtap mode bridge',
        'link set dev theirs alias "a text of theirs" up',
        'tuntap add dev mytap mode tap',
        'link set dev mytap master br0 up',
        'link set dev eth2 alias "plumb line of the office"',
        'link property add dev eth2 altname wan',
        '',
      ].join('\n'),
    );
    host.ovs?.vsctl('add-br', 'shared', '--', 'set', 'Bridge', 'shared', 'datapath_type=netdev');
    host.ovs?.vsctl('add-port', 'shared', 'far-eth2');
    const before = host.links();
    host.want({
      host: {
        networks: {
          office: { type: 'bridge', bridge: 'br0' },
          s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['eth1'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
          tenants: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev', uplinks: ['eth2'] },
          shared: { type: 'openvswitch', bridge: 'shared' },
        },
      },
      guests: {
        ...guests('o', 3, 'office'),
        ...guests('s', 3, 's'),
        ...guests('r', 3, 'red'),
        ...guests('t', 3, 'tenants'),
        ...guests('x', 3, 'shared'),
      },
    });
    await host.converge();

    const unsaid = await host.run(['teardown']);
    expect(unsaid.status).toBe(1);
    expect(unsaid.stdout).toContain('br-s');
    expect(Object.values(host.links()).filter(isOurs)).toHaveLength(16);

    const torn = await host.run(['teardown', '--yes']);
    expect([torn.stderr, torn.status]).toEqual(['', 0]);
    expectUntouched(before, host.links(), 'ovs-netdev');
    expect(ovsBridges(host)).toEqual(['shared']);
    expect(ovsPorts(host, 'shared')).toEqual(['far-eth2']);
    const again = await host.run(['teardown', '--yes']);
    expect(again.status).toBe(0);
  });
});
