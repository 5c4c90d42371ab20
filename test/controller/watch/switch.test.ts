import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { guests } from '../../run/fleet-files.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type WatchedHost, type Watching, watchedHost } from './watched-host.ts';

const o = { type: 'openvswitch', bridge: 'ovsbr0', manage: true, datapath: 'netdev' } as const;

/** Kills one of the two processes of the host's own Open vSwitch and starts it again, as its service would. */
async function restart(host: WatchedHost, program: 'ovsdb-server' | 'ovs-vswitchd'): Promise<void> {
  const directory = host.ovs?.env.OVS_RUNDIR ?? '';
  const control = new RegExp(`^${program}\\.(\\d+)\\.ctl$`);
  const pid = Number(
    readdirSync(directory)
      .map((name) => control.exec(name)?.[1])
      .find((found) => found !== undefined && existsSync(`/proc/${found}`)),
  );
  process.kill(pid, 'SIGKILL');
  await until(
    `${program} is dead`,
    () => host.ns.exec('ps', '-o', 'stat=', '-p', String(process.pid)) !== '',
  );
  const socket = join(directory, 'db.sock');
  const argv =
    program === 'ovsdb-server'
      ? [`--remote=punix:${socket}`, join(directory, 'conf.db')]
      : [`unix:${socket}`];
  const words = ['ip', 'netns', 'exec', host.ns.name, program, '-vconsole:off', ...argv];
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...words], {
    env: host.env,
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  });
}

/** A port that is taken out of the database comes back. */
async function expectGuarded(host: WatchedHost, watching: Watching): Promise<void> {
  const ports = (): string[] => {
    try {
      return host.ovs?.vsctl('list-ports', 'ovsbr0').trim().split('\n') ?? [];
    } catch {
      // It is not up again yet.
      return [];
    }
  };
  await until('both ports are there', () => ports().length === 2, 30);
  host.ovs?.vsctl('del-port', 'ovsbr0', 'g0-eth0');
  await until('the port is back', () => ports().includes('g0-eth0'), 30);
  await watching.shows('all is well', ({ inSync, healthy }) => inSync && healthy);
}

describeNeeding(['root', 'ovs'], 'Open vSwitch is started again beside a controller', () => {
  test.each(['ovsdb-server', 'ovs-vswitchd'] as const)('after %s was killed', async (program) => {
    const host = await watchedHost({ ovs: true });
    const first = host.commit({ host: { networks: { o } }, guests: guests('g', 2, 'o') });
    const watching = await host.watch();
    await watching.reaches(first);
    await expectGuarded(host, watching);
    await restart(host, program);
    await expectGuarded(host, watching);
    expect(watching.log()).not.toContain('a bug');
    const second = host.commit({ host: { networks: { o } }, guests: guests('g', 3, 'o') });
    await watching.reaches(second);
  });
});
