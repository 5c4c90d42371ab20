import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFile } from '../../support/program.ts';
import { describeNeeding } from '../../support/requires.ts';
import { holdMacvtap } from '../holder.ts';
import { type KernelHost, sharedHost } from '../kernel-host.ts';
import { linkOf } from '../kernel-links.ts';
import { deviceNumber, PROBE } from './probe.ts';
import { RED_AND_OFFICE } from './two-networks.ts';

const MAC = '52:54:00:00:00:01';

/** web1 has a macvtap and a tap, each once with one queue and once with two. */
async function standing(host: KernelHost): Promise<void> {
  host.ns.ip('link add name br0 type bridge\nlink set dev br0 up\n');
  host.want({
    host: {
      networks: RED_AND_OFFICE,
    },
    guests: {
      web1: {
        host: 'a',
        interfaces: [
          { name: 'eth0', network: 'red', mac: MAC },
          { name: 'eth1', network: 'red', queues: 2 },
          { name: 'eth2', network: 'office' },
          { name: 'eth3', network: 'office', queues: 2 },
        ],
      },
      db1: { host: 'a', interfaces: [{ name: 'eth0', network: 'red' }] },
    },
  });
  await host.converge();
}

const NETDEVS = ['{netdev:eth1}', '{netdev:eth3}', '{netdev:eth0}'];

/** Runs the command with nothing in /dev but what is said here, as in a container. */
function inOwnDev(host: KernelHost, nodes: readonly string[], words: readonly string[]): string {
  const make = nodes.map((node) => `mknod /dev/${node}`);
  const script = ['mount -t tmpfs dev /dev', 'mknod -m 666 /dev/null c 1 3', ...make, 'exec "$@"'].join(
    ' && ',
  );
  const settings = ['STATE_DIRECTORY', 'RUNTIME_DIRECTORY'].map((name) => `${name}=${host.env[name]}`);
  return host.ns.exec(
    ...['env', ...settings, 'unshare', '--mount', 'sh', '-c', script, 'sh'],
    ...[process.execPath, programFile(), 'exec', 'web1', host.desired, '--host', 'a', ...words],
  );
}

const exec = (host: KernelHost, ...words: string[]) =>
  host.run(['exec', 'web1', host.desired, '--host', 'a', ...words]);

describeNeeding(['root'], 'plumbline exec', () => {
  const shared = sharedHost({ nics: ['p0'] }, standing);

  test('macvtaps are opened, one descriptor for each queue, and taps are named', async () => {
    const host = shared();
    const words = ['{netdev:eth1},id=a', '{netdev:eth0}', '{fd:eth0}', '{netdev:eth2}', '{netdev:eth3}'];
    const run = await exec(host, '--', ...PROBE, ...words, '{mac:eth0} {device:eth3}', '{"a":1}');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout.trimEnd().split('\n')).toEqual([
      'tap,fds=4:5,id=a',
      'tap,fd=3',
      '3',
      'tap,ifname=web1-eth2,script=no,downscript=no',
      'tap,ifname=web1-eth3,script=no,downscript=no,queues=2',
      `${MAC} web1-eth3`,
      '{"a":1}',
      `fd 3 rw ${deviceNumber(host, 'web1-eth0')}`,
      `fd 4 rw ${deviceNumber(host, 'web1-eth1')}`,
      `fd 5 rw ${deviceNumber(host, 'web1-eth1')}`,
    ]);
  });

  test('what is not asked for is not opened', async () => {
    const run = await exec(shared(), '--', ...PROBE, '{mac:eth2}', 'x');
    expect(run.stdout).toMatch(/^[0-9a-f:]{17}\nx\n$/);
  });

  test.each([
    [['{netdev:eth9}'], 'guest web1 has no interface eth9'],
    [['{netdve:eth0}'], 'there is no netdve; did you mean netdev?'],
    [['{fd:eth2}'], 'web1-eth2 is a tap here, which is opened by name: {netdev:eth2} serves both'],
  ])('%j starts nothing', async (words, message) => {
    const host = shared();
    const proof = join(host.directory, 'started');
    const run = await exec(host, '--', 'touch', proof, ...words);
    expect(run).toMatchObject({ status: 125, stdout: '' });
    expect(run.stderr).toContain(message);
    expect(existsSync(proof)).toBe(false);
  });

  test('a guest that there is not, a program that there is not, one that is none', async () => {
    const host = shared();
    const unknown = await host.run(['exec', 'web2', host.desired, '--host', 'a', '--', 'true']);
    expect([unknown.status, unknown.stderr]).toEqual([125, expect.stringContaining('did you mean web1?')]);
    const other = await host.run(['exec', 'web1', host.desired, '--host', 'b', '--', 'true']);
    expect([other.status, other.stderr]).toEqual([125, expect.stringContaining('does not know a host b')]);
    expect((await exec(host, '--', 'no-such-program')).status).toBe(127);
    expect((await exec(host, '--', '/etc/passwd')).status).toBe(126);
    expect((await exec(host, '--')).status).toBe(64);
    expect((await exec(host, 'x', 'y', '--', 'true')).status).toBe(64);
  });

  test('hostile words reach the program as they are', async () => {
    const words = [
      '$(id)',
      '`id`',
      '; id',
      '--',
      '--host',
      '\'"',
      'a\nb\t\u001b[31m',
      '{mac:eth0',
      '%s',
      '*',
      '',
    ];
    const dump = ['perl', '-e', 'print join("|", map { unpack("H*", $_) } @ARGV)', '--'];
    const run = await exec(shared(), '--', ...dump, ...words);
    expect(run.stdout.split('|').map((hex) => Buffer.from(hex, 'hex').toString())).toEqual(words);
    const refused = await exec(shared(), '--', 'true', '{netdev:\u001b]0;x\u0007}');
    expect(refused.status).toBe(125);
    expect(refused.stderr).toContain('{netdev:\\x1b]0;x\\x07}');
  });

  test('a macvtap that another program has open is not shared', async () => {
    const host = shared();
    const holder = await holdMacvtap(host, 'web1-eth0');
    const run = await exec(host, '--', 'true', '{netdev:eth0}');
    expect([run.status, run.stderr]).toEqual([
      125,
      expect.stringContaining(`web1-eth0 is open already in perl (pid ${holder.pid}): the guest runs here`),
    ]);
    expect((await exec(host, '--', 'true', '{netdev:eth1}')).status).toBe(0);
    await holder.release();
    expect((await exec(host, '--', 'true', '{netdev:eth0}')).status).toBe(0);
  });

  test('without vhost in the kernel, --vhost says so before anything is started', async () => {
    // Where there is one, it is handed over.
    const run = await exec(shared(), '--vhost', '--', ...PROBE, '{netdev:eth0}', '{netdev:eth2}');
    if (existsSync('/dev/vhost-net')) {
      expect(run.stdout).toMatch(/^tap,fd=3,vhost=on,vhostfd=4\n.*vhost=on\nfd 3 .*\nfd 4 rw 10:238\n$/);
    } else {
      expect([run.status, run.stderr]).toEqual([
        125,
        expect.stringContaining('/dev/vhost-net is not there: modprobe vhost_net, or leave --vhost out'),
      ]);
    }
  });

  test('where /dev has no node of the macvtap, or another device by its name, root opens it all the same', async () => {
    const host = shared();
    const index = linkOf(host.links(), 'web1-eth0').ifindex;
    const number = deviceNumber(host, 'web1-eth0');
    for (const nodes of [[], [`tap${index} c 1 3`]]) {
      const words = ['--', 'sh', '-c', 'ls /dev; exec "$@"', 'sh', ...PROBE, '{fd:eth0}'];
      const shown = nodes.length === 0 ? 'null\n' : `null\ntap${index}\n`;
      expect(inOwnDev(host, nodes, words)).toBe(`${shown}3\nfd 3 rw ${number}\n`);
    }
  });

  test('vhost is opened once for each queue of a macvtap, and named for a tap', async () => {
    const host = shared();
    // A stand-in of another kind: this is about who gets what, for not every kernel has vhost.
    const run = inOwnDev(host, ['vhost-net c 1 3'], ['--vhost', '--', ...PROBE, ...NETDEVS]);
    expect(run.trimEnd().split('\n')).toEqual([
      'tap,fds=5:6,vhost=on,vhostfds=7:8',
      'tap,ifname=web1-eth3,script=no,downscript=no,queues=2,vhost=on',
      'tap,fd=3,vhost=on,vhostfd=4',
      `fd 3 rw ${deviceNumber(host, 'web1-eth0')}`,
      'fd 4 rw 1:3',
      `fd 5 rw ${deviceNumber(host, 'web1-eth1')}`,
      `fd 6 rw ${deviceNumber(host, 'web1-eth1')}`,
      'fd 7 rw 1:3',
      'fd 8 rw 1:3',
    ]);
  });
});
