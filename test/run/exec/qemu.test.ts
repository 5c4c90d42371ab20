import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RELEASED_GROUP } from '../../../src/model/mark.ts';
import { openQmp, type Qmp } from '../../live/qmp.ts';
import { until } from '../../support/netns.ts';
import { programFile } from '../../support/program.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type KernelHost, kernelHost } from '../kernel-host.ts';
import { isUp, linkOf } from '../kernel-links.ts';
import { RED_AND_OFFICE } from './two-networks.ts';

/** web1 with a macvtap of two queues and a tap; on standby, a claim has to come first. */
async function hostOf(standby = false): Promise<KernelHost> {
  const host = await kernelHost({ nics: ['p0'] });
  host.ns.ip('link add name br0 type bridge\nlink set dev br0 up\n');
  host.want({
    host: {
      networks: RED_AND_OFFICE,
    },
    guests: {
      web1: {
        ...(standby ? { standby: ['a'] } : { host: 'a' }),
        interfaces: [
          { name: 'eth0', network: 'red', queues: 2 },
          { name: 'eth1', network: 'office' },
        ],
      },
    },
  });
  await host.converge();
  return host;
}

interface Running {
  /** `plumbline exec`. */
  child: ChildProcess;
  said(): string;
  /** A monitor that is not exec's. */
  qmp: Qmp;
}

/** A machine without a processor: what is looked at here is who has which device, and what migration does. */
const MACHINE = ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'none'];

async function startQemu(host: KernelHost, more: string[] = []): Promise<Running> {
  const [ours, others] = ['exec', 'test'].map((name) => join(host.directory, `qmp-${name}`));
  const netdevs = ['eth0', 'eth1'].flatMap((name) => ['-netdev', `{netdev:${name}},id=${name}`]);
  const monitors = [ours, others].flatMap((path) => ['-qmp', `unix:${path},server=on,wait=off`]);
  const words = ['exec', 'web1', host.desired, '--host', 'a', '--qmp', ours ?? '', '--'];
  const child = spawn(
    'ip',
    ['netns', 'exec', host.ns.name, process.execPath, programFile(), ...words].concat([
      'qemu-system-x86_64',
      ...MACHINE,
      ...netdevs,
      ...monitors,
      ...more,
    ]),
    { env: host.env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const qmp = await openQmp(others ?? '');
  onTestFinished(() => qmp.close());
  // Once exec has the other monitor it has asked for this.
  await until('exec follows', async () => {
    const capabilities: unknown = await qmp.do('query-migrate-capabilities');
    return (
      Array.isArray(capabilities) && capabilities.some((one) => one.capability === 'events' && one.state)
    );
  });
  return { child, said: () => said, qmp };
}

const DEVICES = ['web1-eth0', 'web1-eth1'];

function released(host: KernelHost): boolean[] {
  const links = host.links();
  return DEVICES.map((name) => {
    const link = linkOf(links, name);
    return !isUp(link) && String(link.group) === String(RELEASED_GROUP);
  });
}

function ready(host: KernelHost): boolean {
  const links = host.links();
  return DEVICES.every(
    (name) => isUp(linkOf(links, name)) && ['0', 'default'].includes(String(linkOf(links, name).group)),
  );
}

/** It tells what it has done when that is done. */
const says = ({ said }: Running, words: string) => until(`it says: ${words}`, () => said().includes(words));
const untilReleased = (host: KernelHost) =>
  until('its devices are down', () => released(host).every(Boolean));
const untilReady = (host: KernelHost) => until('its devices are up', () => ready(host));

/** Whatever exec was told before, it has acted on: it is asked nothing after the stop that this waits for. */
async function pausedByPerson({ qmp }: Running, host: KernelHost): Promise<void> {
  await qmp.do('stop');
  expect(await qmp.do('query-status')).toMatchObject({ status: 'paused' });
  expect(ready(host)).toBe(true);
  await qmp.do('cont');
  expect(ready(host)).toBe(true);
}

describeNeeding(['root', 'guests'], 'QEMU by plumbline exec', () => {
  test('it has the devices, several queues of one, and its end is ours', async () => {
    const host = await hostOf();
    const { child, qmp, said } = await startQemu(host);
    const network = await qmp.do('human-monitor-command', { 'command-line': 'info network' });
    expect(String(network).trim().split('\r\n')).toEqual([
      'eth0: index=0,type=tap,fd=3',
      'eth0: index=0,type=tap,fd=4',
      'eth1: index=0,type=tap,ifname=web1-eth1,script=no,downscript=no',
    ]);
    // Nobody but QEMU has the macvtap: exec has closed what it opened.
    expect(readdirSync(`/proc/${child.pid}/fd`).filter((fd) => isTap(child.pid, fd))).toEqual([]);
    const ended = once(child, 'exit');
    await qmp.do('quit').catch(() => {});
    expect(await ended).toEqual([0, null]);
    expect(said()).not.toContain('plumbline:');
  });

  test('a migration sets its devices down at the switch-over, and what comes after it up again', async () => {
    const host = await hostOf();
    const running = await startQemu(host);
    await pausedByPerson(running, host);
    await running.qmp.do('migrate', { uri: 'exec:cat >/dev/null' });
    await untilReleased(host);
    await says(running, 'it leaves this host: web1-eth0, web1-eth1 set down');
    // An apply does not raise what was released.
    await host.converge();
    expect(released(host)).toEqual([true, true]);
    await running.qmp.do('cont');
    await untilReady(host);
    await says(running, 'it runs on here: web1-eth0, web1-eth1 up again');
    await pausedByPerson(running, host);
  });

  test('one that is given up before the last word is a pause, and its devices come back', async () => {
    const host = await hostOf();
    const { qmp } = await startQemu(host);
    await qmp.do('migrate-set-capabilities', {
      capabilities: [{ capability: 'pause-before-switchover', state: true }],
    });
    await qmp.do('migrate', { uri: 'exec:cat >/dev/null' });
    await untilReleased(host);
    expect(await qmp.do('query-migrate')).toMatchObject({ status: 'pre-switchover' });
    await qmp.do('migrate_cancel');
    await untilReady(host);
    expect(await qmp.do('query-status')).toMatchObject({ running: true });
  });

  test('a guest that was paused before it moves goes when it has gone', async () => {
    const host = await hostOf();
    const { qmp } = await startQemu(host);
    await qmp.do('stop');
    await qmp.do('migrate', { uri: 'exec:cat >/dev/null' });
    await untilReleased(host);
  });

  test('from one host to another: down here, up there, where a pause then is one', async () => {
    const [source, destination] = [await hostOf(), await hostOf(true)];
    const socket = join(destination.directory, 'incoming');
    // Its device is down until it is claimed for this.
    expect(ready(destination)).toBe(false);
    const there = await startQemu(destination, ['-incoming', `unix:${socket}`]);
    expect(ready(destination)).toBe(true);
    const here = await startQemu(source);
    await here.qmp.do('migrate', { uri: `unix:${socket}` });
    await there.qmp.told('it runs there', ({ event }) => event === 'RESUME');
    await untilReleased(source);
    await pausedByPerson(there, destination);
    const ended = once(here.child, 'exit');
    await here.qmp.do('quit').catch(() => {});
    expect(await ended).toEqual([0, null]);
    expect(released(source)).toEqual([true, true]);
    expect(there.said()).not.toContain('leaves');

    // And away again, which ends the claim with which it came.
    const claims = () => readdirSync(join(destination.directory, 'run'), { recursive: true }).map(String);
    expect(claims().some((file) => file.endsWith('web1.json'))).toBe(true);
    await there.qmp.do('migrate', { uri: 'exec:cat >/dev/null' });
    await untilReleased(destination);
    expect(claims().some((file) => file.endsWith('web1.json'))).toBe(false);
  });
});

function isTap(pid: number | undefined, descriptor: string): boolean {
  try {
    return /tap\d/.test(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
  } catch {
    return false;
  }
}
