import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ovsMonitor } from '../../../src/controller/triggers/ovs.ts';
import type { TriggerWatch } from '../../../src/controller/triggers/subscription.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** Only the database: what is watched are its rows, and ovs-vswitchd would add changes of its own. */
describeNeeding(['ovs'], 'the Open vSwitch monitor', () => {
  let directory: string;
  let server: ChildProcess | null = null;
  let monitor: TriggerWatch;
  let events: number;
  let troubles: string[];

  beforeEach(() => {
    // Short, for a unix socket's path has at most 107 bytes (unix(7)).
    directory = mkdtempSync('/tmp/plo-');
    events = 0;
    troubles = [];
    monitor = ovsMonitor(
      { OVS_RUNDIR: directory },
      () => {
        events += 1;
      },
      (why) => troubles.push(why),
    );
  });
  afterEach(async () => {
    monitor.close();
    await stopServer();
    rmSync(directory, { recursive: true, force: true });
  });

  function run(program: string, ...args: string[]): void {
    const env = { ...process.env, OVS_RUNDIR: directory, OVS_DBDIR: directory, OVS_LOGDIR: directory };
    const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  }
  function vsctl(...args: string[]): void {
    run('ovs-vsctl', '--no-wait', '--timeout=20', ...args);
  }
  function createDatabase(): void {
    run('ovsdb-tool', 'create', join(directory, 'conf.db'), SCHEMA);
  }
  function startServer(): void {
    const socket = join(directory, 'db.sock');
    server = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        '--',
        'ovsdb-server',
        '-vconsole:off',
        '--no-chdir',
        `--remote=punix:${socket}`,
      ].concat(`--unixctl=${join(directory, 'ctl')}`, join(directory, 'conf.db')),
      { stdio: 'ignore', env: { ...process.env, OVS_RUNDIR: directory } },
    );
  }
  async function stopServer(): Promise<void> {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  }
  async function eventAfter(what: string, change: () => void): Promise<void> {
    const before = events;
    change();
    await until(`an event: ${what}`, () => events > before);
  }

  test('tells when it appears, goes and comes', async () => {
    await monitor.start();
    expect({ events, troubles }).toEqual({ events: 0, troubles: [] });
    createDatabase();
    await eventAfter('it appears', startServer);
    await eventAfter('a bridge', () => vsctl('add-br', 'b0'));
    const before = events;
    await stopServer();
    await until('it has gone', () => events > before);
    expect(troubles).toEqual([expect.stringContaining("Open vSwitch's database is lost")]);
    await eventAfter('it is back', startServer);
    await eventAfter('another bridge', () => vsctl('add-br', 'b1'));
    expect(troubles).toHaveLength(1);
  });

  test('tells of what a plan reads, and of nothing else', async () => {
    createDatabase();
    startServer();
    vsctl('--retry', 'init');
    vsctl('add-br', 'b0');
    vsctl('add-port', 'b0', 'p0');
    await monitor.start();
    await until('it watches', () => events === 1);
    for (const change of [
      ['set', 'Port', 'p0', 'tag=42'],
      ['set', 'Port', 'p0', 'trunks=1,2'],
      ['set', 'Port', 'p0', 'protected=true'],
      ['set', 'Port', 'p0', 'external_ids:plumbline=x'],
      ['set', 'Bridge', 'b0', 'datapath_type=netdev'],
      ['set', 'Interface', 'p0', 'external_ids:plumbline-ifindex=7'],
      ['set', 'Interface', 'p0', 'type=internal'],
      ['del-port', 'b0', 'p0'],
    ]) {
      await eventAfter(change.join(' '), () => vsctl(...change));
    }
    // Rows come in the order of their transactions: what is told of the second tells that the first was not.
    const before = events;
    vsctl('set', 'Bridge', 'b0', 'other_config:x=y', '--', 'set', 'Interface', 'b0', 'options:x=y');
    vsctl('set', 'Port', 'b0', 'tag=7');
    await until('the second', () => events > before);
    expect(events).toBe(before + 1);
  });
});
