import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { programFile, runProgram } from '../../support/program.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type KernelHost, kernelHost } from '../kernel-host.ts';
import { isUp, linkOf } from '../kernel-links.ts';
import { passUsedIndexes } from '../used-indexes.ts';
import { deviceNumber, PROBE } from './probe.ts';
import { RED_AND_OFFICE } from './two-networks.ts';

/** TUNSETIFF with IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, as QEMU opens a tap by name (linux/if_tun.h). */
const OPEN_TAP = `open(my $fd, "+<", "/dev/net/tun") or die "tun: $!";
my ($name) = $ARGV[0] =~ /ifname=([^,]*)/;
ioctl($fd, 0x400454ca, my $ifr = pack("a16 S a22", $name, 0x5002, "")) or die "TUNSETIFF: $!"; print "opened $name\\n";`;

const want = (host: KernelHost, guestDevices?: { user: string; group: string }, standby = false) =>
  host.want({
    host: {
      ...(guestDevices && { guestDevices }),
      networks: RED_AND_OFFICE,
    },
    guests: {
      web1: {
        ...(standby ? { standby: ['a'] } : { host: 'a' }),
        interfaces: [
          { name: 'eth0', network: 'red' },
          { name: 'eth1', network: 'office' },
        ],
      },
    },
  });

/** Runs it as `nobody`, with a /dev/net/tun that everybody may open, as udev makes it; the machine's is left alone. */
function asNobody(host: KernelHost, ...words: string[]): ReturnType<typeof runProgram> {
  const script = [
    'mount -t tmpfs net /dev/net',
    'mknod -m 666 /dev/net/tun c 10 200',
    'exec setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"',
  ].join(' && ');
  // The directory of the tests' program is its user's alone.
  const program = join(host.directory, 'program');
  cpSync(dirname(programFile()), program, { recursive: true });
  spawnSync('chmod', ['-R', 'a+rX', program, host.desired]);
  const env = {
    ...host.env,
    STATE_DIRECTORY: join(host.directory, 'none'),
    RUNTIME_DIRECTORY: join(host.directory, 'none'),
  };
  const plumbline = [
    process.execPath,
    join(program, 'plumbline.js'),
    'exec',
    'web1',
    host.desired,
    '--host',
    'a',
  ];
  return runProgram(
    'ip',
    ['netns', 'exec', host.ns.name, 'unshare', '--mount', 'sh', '-c', script, 'sh', ...plumbline, ...words],
    { env },
  );
}

async function prepared(): Promise<KernelHost> {
  const host = await kernelHost({ nics: ['p0'] });
  host.ns.ip('link add name br0 type bridge\nlink set dev br0 up\n');
  passUsedIndexes(host);
  return host;
}

describeNeeding(['root'], 'the user of guestDevices', () => {
  test('opens a macvtap and a tap without root', async () => {
    const host = await prepared();
    want(host, { user: 'nobody', group: 'nogroup' });
    await host.converge();
    const macvtap = await asNobody(host, '--', ...PROBE, '{netdev:eth0}');
    expect(macvtap).toMatchObject({
      status: 0,
      stdout: `tap,fd=3\nfd 3 rw ${deviceNumber(host, 'web1-eth0')}\n`,
      stderr: '',
    });
    const tap = await asNobody(host, '--', 'perl', '-e', OPEN_TAP, '{netdev:eth1}');
    expect(tap).toMatchObject({ status: 0, stdout: 'opened web1-eth1\n', stderr: '' });
  });

  test('is told what lacks where it is another', async () => {
    const host = await prepared();
    want(host);
    await host.converge();
    const macvtap = await asNobody(host, '--', 'true', '{netdev:eth0}');
    expect([macvtap.status, macvtap.stderr]).toEqual([
      125,
      expect.stringMatching(
        /\/dev\/tap\d+ may not be opened by this user \(uid 65534\): it belongs to uid 0, gid 0, mode 600; guestDevices of the Host document says who may/,
      ),
    ]);
    expect((await asNobody(host, '--qmp', '/x', '--', 'true')).stderr).toContain(
      'that takes root (CAP_NET_ADMIN)',
    );
  });

  test('is warned of a device that is down, which it may not raise', async () => {
    const host = await prepared();
    want(host, { user: 'nobody', group: 'nogroup' });
    await host.converge();
    host.ns.ip('link set dev web1-eth0 down\n');
    const run = await asNobody(host, '--', ...PROBE, '{netdev:eth0}');
    expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('fd 3 rw') });
    expect(run.stderr).toBe(
      'plumbline: web1-eth0 is down: guest web1 has no traffic before plumbline claim web1, as root\n',
    );
  });
});

describeNeeding(['root'], 'exec claims what needs it', () => {
  test('devices that are missing are made, and those of a standby are raised', async () => {
    const host = await prepared();
    want(host, undefined, true);
    await host.converge();
    expect(isUp(linkOf(host.links(), 'web1-eth0'))).toBe(false);
    const words = ['exec', 'web1', host.desired, '--host', 'a', '--', 'echo', '{netdev:eth0} {netdev:eth1}'];
    const run = await host.run(words);
    expect(run).toMatchObject({
      status: 0,
      stdout: 'tap,fd=3 tap,ifname=web1-eth1,script=no,downscript=no\n',
      stderr: expect.stringContaining('web1 is claimed here until'),
    });
    for (const name of ['web1-eth0', 'web1-eth1']) expect(isUp(linkOf(host.links(), name))).toBe(true);
  });

  test('where there is no place for it, nothing is started', async () => {
    const host = await prepared();
    want(host);
    host.ns.ip('link del dev br0\n');
    const run = await host.run(['exec', 'web1', host.desired, '--host', 'a', '--', 'echo', '{netdev:eth1}']);
    expect(run).toMatchObject({ status: 125, stdout: '' });
    expect(run.stderr).toContain('web1 cannot be claimed here');
  });

  test('a guest that runs where git has it, with its devices up, needs no claim', async () => {
    const host = await prepared();
    want(host);
    await host.converge();
    const run = await host.run(['exec', 'web1', host.desired, '--host', 'a', '--', 'echo', '{mac:eth1}']);
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});
