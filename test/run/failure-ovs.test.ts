import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { wrapIp } from './ip-wrapper.ts';
import { expectConverged, kernelHost, results } from './kernel-host.ts';
import { expectUntouched } from './kernel-links.ts';
import { switchControl } from './ovs-rows.ts';

describeNeeding(['root', 'ovs'], 'Open vSwitch fails', () => {
  const networks = (bridge = 'sw') => ({
    tenants: { type: 'openvswitch' as const, bridge, manage: true, datapath: 'netdev' as const },
    lab: { type: 'bridge' as const, bridge: 'br-lab', manage: true },
  });

  test('no database: the other networks are made, and the report says what to start', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ host: { networks: networks() }, guests: { t: guest('tenants'), l: guest('lab') } });
    await host.converge();
    const before = host.links();
    await host.ovs?.stop();
    host.ns.ip('link del dev l-eth0\n');
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({ 'link l-eth0': 'done' });
    expect(answer.report.problems).toMatchObject([
      { code: 'ovs-unreachable', source: { file: 'hosts/a.yaml' } },
    ]);
    // The tap stays, whatever becomes of the switch; its bridge's own port went with the switch.
    expectUntouched(before, host.links(), 'l-eth0', 'sw', 'ovs-netdev');
    const plan = await host.plan('--exit-code');
    // DESIGN 3: 1 where it cannot tell.
    expect([plan.report.inSync, plan.status]).toEqual([false, 1]);
  });

  test('no database, and nothing wanted in it: what may have been left there is not taken for gone', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ host: { networks: networks() }, guests: { t: guest('tenants') } });
    await host.converge();
    const database = join(host.directory, 'conf.db');
    copyFileSync(join(host.ovs?.env.OVS_DBDIR ?? '', 'conf.db'), database);
    await host.ovs?.stop();
    host.want({ host: {} });
    await host.apply();

    const silent = { OVS_RUNDIR: host.directory, OVS_DBDIR: host.directory };
    const text = (command: string[]) => host.run(command, silent).then(({ stdout }) => stdout);
    const unseen = ['In sync, as far as could be seen', '[ovs-not-seen]'];
    const plan = await text(['plan', host.desired, '--host', 'a']);
    for (const words of unseen) expect(plan).toContain(words);
    expect(await text(['teardown'])).toContain("Nothing here is Plumbline's, as far as could be seen");

    rmSync(database);
    expect(await text(['plan', host.desired, '--host', 'a'])).toContain('In sync: nothing to do.');
  });

  test('a database with another schema: the other networks are made, and the report says what it lacks', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ host: { networks: networks() }, guests: { t: guest('tenants'), l: guest('lab') } });
    await host.converge();
    await host.ovs?.stop();
    const [schema, database, socket] = ['schema', 'conf.db', 'db.sock'].map((name) =>
      join(host.directory, name),
    ) as [string, string, string];
    const tables = JSON.parse(readFileSync('/usr/share/openvswitch/vswitch.ovsschema', 'utf8'));
    delete tables.tables.Port.columns.protected;
    delete tables.cksum;
    writeFileSync(schema, JSON.stringify(tables));
    host.ns.exec('ovsdb-tool', 'create', database, schema);
    const env = `OVS_RUNDIR=${host.directory}`;
    host.ns.start('env', env, 'ovsdb-server', '-vconsole:off', `--remote=punix:${socket}`, database);
    await until('ovsdb-server listens', () => existsSync(socket));
    host.ns.ip('link del dev l-eth0\n');
    const answer = await host.applyWith({ OVS_RUNDIR: host.directory, OVS_DBDIR: host.directory });
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({ 'link l-eth0': 'done' });
    expect(answer.report.problems).toMatchObject([
      { code: 'ovs-unreachable', message: expect.stringContaining('protected is not a valid column name') },
    ]);
  });

  test('a switch that takes nothing up: a bounded wait, a clear message, and the next run heals', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ host: { networks: networks() }, guests: { t: guest('tenants'), l: guest('lab') } });
    host.ovs?.pauseSwitch();
    const answer = await host.apply();
    host.ovs?.resumeSwitch();
    expect(answer.status).toBe(1);
    expect(results(answer)).toMatchObject({
      'link br-lab': 'done',
      'link l-eth0': 'done',
      'ovs-bridge sw': 'failed',
      'ovs-port t-eth0': 'skipped',
    });
    const failed = answer.report.changes.find(({ result }) => result === 'failed');
    expect(failed?.message).toContain('ovs-vswitchd has not taken up');
    await host.converge();
    await expectConverged(host);
  });

  test('a data path that this kernel has not is one failure, the bridge lives on, and a dead one is never in sync', async () => {
    const host = await kernelHost({ ovs: true });
    const want = (datapath: 'netdev' | 'system') =>
      host.want({
        host: { networks: { tenants: { ...networks().tenants, datapath } } },
        guests: { t: guest('tenants') },
      });
    want('netdev');
    await host.converge();
    want('system');
    const answer = await host.apply();
    expect([answer.status, results(answer)]).toEqual([1, { 'ovs-bridge sw': 'failed' }]);
    expect(answer.report.changes[0]?.message).toContain(
      'could not make the bridge with the data path system',
    );
    expect(switchControl(host, 'dpif/show')).toContain('sw:');
    expect((await host.plan('--exit-code')).status).toBe(2);

    // Somebody else's doing: the database then says all that is wanted.
    host.ovs?.vsctl('set', 'Bridge', 'sw', 'datapath_type=system');
    const dead = await host.plan();
    expect(dead.report.changes).toMatchObject([{ action: 'update', name: 'sw', before: { carried: false } }]);
    expect((await host.apply()).status).toBe(1);
    want('netdev');
    await host.converge();
    await expectConverged(host);
  });

  test('links that cannot be read when Open vSwitch is to be told of them fail its ports, and nothing else', async () => {
    const host = await kernelHost({ ovs: true });
    host.want({ host: { networks: networks() }, guests: { t: guest('tenants'), l: guest('lab') } });
    const once = join(host.directory, 'once');
    const blind = wrapIp(
      host.directory,
      'blind',
      `[ -n "$("$REAL" link show dev t-eth0 up 2>/dev/null)" ] && [ $BATCH = 0 ] && [ ! -e ${once} ] && { : > ${once}; echo "No buffer space available" >&2; exit 1; }`,
    );
    const answer = await host.applyWith(blind);
    expect(answer.status).toBe(1);
    expect(results(answer)).toMatchObject({
      'link br-lab': 'done',
      'link l-eth0': 'done',
      'ovs-bridge sw': 'done',
      'ovs-port t-eth0': 'failed',
    });
    const port = answer.report.changes.find(({ kind }) => kind === 'ovs-port');
    expect(port?.message).toMatch(/ip .* failed: No buffer space available/);
    await host.converge();
    await expectConverged(host);
  });

  test('a port that the data path refuses is one failure, and leaves no row', async () => {
    const host = await kernelHost({ nics: ['eth1'], ovs: true });
    host.want({
      host: { networks: { tenants: { ...networks().tenants, uplinks: ['eth1'] } } },
      guests: guests('g', 3, 'tenants'),
    });
    // The tap, which stood unfinished before, goes after its index was read, just before Open vSwitch is told of it.
    const race = wrapIp(
      host.directory,
      'race',
      `if [ $B = 0 ] && [ -n "$("$REAL" link show dev g1-eth0 up 2>/dev/null)" ]; then
  [ -e "${host.directory}/once" ] || { "$REAL" "$@"; : > "${host.directory}/once"; exec "$REAL" link del dev g1-eth0; }
fi`,
    );
    const answer = await host.applyWith(race);
    expect(answer.status).toBe(1);
    expect(results(answer)).toMatchObject({
      'ovs-bridge sw': 'done',
      'ovs-port eth1': 'done',
      'ovs-port g0-eth0': 'done',
      'ovs-port g1-eth0': 'failed',
      'ovs-port g2-eth0': 'done',
    });
    expect(host.ovs?.vsctl('list-ports', 'sw').split('\n').filter(Boolean).sort()).toEqual([
      'eth1',
      'g0-eth0',
      'g2-eth0',
    ]);
    await host.converge();
    await expectConverged(host);
  });
});
