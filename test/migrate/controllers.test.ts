import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createNamespace, until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { migrating, WEB } from './move-site.ts';
import { plumblineOn, type TwoHosts, twoHosts } from './two-hosts.ts';

const MOVED = WEB.replace('kvm-a', 'kvm-b');
const ANNOUNCED = 'web moves from kvm-a to kvm-b';
const DONE = 'web is on kvm-b';
const BACK = 'web stays on kvm-a';
const DEVICE = 'web-eth0';

const isUp = (host: TwoHosts['a']) => host.links()[DEVICE]?.flags.includes('UP') === true;
const hasGone = (host: TwoHosts['a']) => host.links()[DEVICE] === undefined;

/** A command that tells of the device on both hosts. */
function tellOf({ a, b }: TwoHosts): string[] {
  const show = (host: TwoHosts['a']) => `ip -n ${host.ns.name} -br link show dev ${DEVICE} up`;
  return ['sh', '-c', `${show(a)} && ${show(b)}`];
}

describeNeeding(['root'], 'plumbline migrate with real controllers', () => {
  test('moves a guest from a macvtap to a bridge', async () => {
    const hosts = await twoHosts();
    const run = await migrating(hosts.desired, 'kvm-b', tellOf(hosts), hosts.env).ended;
    expect([run.status, run.stdout.match(/web-eth0/g)?.length, run.stderr]).toEqual([
      0,
      2,
      expect.anything(),
    ]);
    expect([hosts.text(), hosts.subjects()]).toEqual([MOVED, [ANNOUNCED, DONE]]);
    await until('the source has let it go', () => hasGone(hosts.a), 30);
    expect(isUp(hosts.b)).toBe(true);
  });

  test('raises what was released at the source when the command fails', async () => {
    const hosts = await twoHosts();
    const release = join(hosts.directory, 'plumbline-a');
    plumblineOn(hosts.a, release);
    const show = `ip -n ${hosts.a.ns.name} -br link show dev ${DEVICE}`;
    const run = await migrating(
      hosts.desired,
      'kvm-b',
      ['sh', '-c', `${release} release web; ${show}; exit 5`],
      hosts.env,
    ).ended;
    expect([run.status, run.stdout]).toEqual([5, expect.stringMatching(/web-eth0\S*\s+DOWN/)]);
    expect(run.stderr).toContain('kvm-a: the devices of web are up again');
    expect([hosts.text(), hosts.subjects()]).toEqual([WEB, [ANNOUNCED, BACK]]);
    expect(isUp(hosts.a)).toBe(true);
    await until('the destination has let it go', () => hasGone(hosts.b), 30);
    expect(isUp(hosts.a)).toBe(true);
  });

  test('goes on after kill -9 while the command runs', async () => {
    const hosts = await twoHosts();
    const first = migrating(hosts.desired, 'kvm-b', ['sh', '-c', 'echo begun; exec sleep 1'], hosts.env);
    await first.shows('begun');
    first.process.kill('SIGKILL');
    await first.ended;
    let again = await migrating(hosts.desired, 'kvm-b', tellOf(hosts), hosts.env).ended;
    while (again.status === 75)
      again = await migrating(hosts.desired, 'kvm-b', tellOf(hosts), hosts.env).ended;
    expect([again.status, hosts.text()]).toEqual([0, MOVED]);
    expect(again.stderr).toContain('going on with that');
  });

  test('reaches hosts by the system’s ssh', async () => {
    // A stand-in for ssh: it shows the words, and runs the remote ones as a login shell of that host would.
    const hosts = await twoHosts((name) => `ssh://root@kvm-${name}.example:222`);
    const bin = join(hosts.directory, 'bin');
    mkdirSync(bin);
    for (const name of ['a', 'b'] as const) plumblineOn(hosts[name], join(bin, `kvm-${name}.example`));
    const log = join(hosts.directory, 'ssh.log');
    const script = `#!/bin/sh\necho "$*" >> ${log}\nwhile [ "$1" != -- ]; do shift; done\nhost=$2\nshift 3\nexec ${bin}/$host "$@"\n`;
    writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
    const env = { ...hosts.env, PATH: `${bin}:${process.env.PATH}` };
    const run = await migrating(hosts.desired, 'kvm-b', tellOf(hosts), env).ended;
    expect([run.status, run.stderr, hosts.text()]).toEqual([0, expect.anything(), MOVED]);
    const words = new Set(
      readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.replace(/^.*-o BatchMode=yes /, '…')),
    );
    expect(
      [...words].every((line) =>
        /^….*-l root -p 222 -- kvm-[ab]\.example plumbline (status -o json|reconcile)$/.test(line),
      ),
    ).toBe(true);
  });
});

describeNeeding(['root', 'sshd', 'signing'], 'plumbline migrate by a real sshd', () => {
  test('moves a guest, and needs no port but that of ssh', async () => {
    const ports = { a: 2201, b: 2202 };
    const hosts = await twoHosts((name) => `ssh://root@127.0.0.1:${ports[name]}`);
    const { directory } = hosts;
    const ns = createNamespace();
    onTestFinished(() => ns.remove());
    ns.ip('link set dev lo up\n');
    for (const key of ['host', 'user']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, key)]);
    }
    mkdirSync('/run/sshd', { recursive: true });
    for (const name of ['a', 'b'] as const) {
      const remote = join(directory, `remote-${name}`);
      mkdirSync(remote);
      plumblineOn(hosts[name], join(remote, 'plumbline'));
      const config = join(directory, `sshd-${name}`);
      const lines = [
        `ListenAddress 127.0.0.1:${ports[name]}`,
        `HostKey ${join(directory, 'host')}`,
        `AuthorizedKeysFile ${join(directory, 'user.pub')}`,
        `PidFile ${join(directory, `sshd-${name}.pid`)}`,
        'StrictModes no',
        'UsePAM no',
        'PermitRootLogin yes',
        'PasswordAuthentication no',
        `SetEnv PATH=${remote}:${process.env.PATH}`,
      ];
      writeFileSync(config, `${lines.join('\n')}\n`);
      const child = spawn('ip', ['netns', 'exec', ns.name, '/usr/sbin/sshd', '-D', '-e', '-f', config], {
        stdio: 'ignore',
      });
      onTestFinished(() => void child.kill('SIGKILL'));
    }
    const known = `[127.0.0.1]:${ports.a},[127.0.0.1]:${ports.b} ${readFileSync(join(directory, 'host.pub'), 'utf8')}`;
    writeFileSync(join(directory, 'known'), known);
    const client = `IdentityFile ${join(directory, 'user')}\nIdentitiesOnly yes\nUserKnownHostsFile ${join(directory, 'known')}\n`;
    writeFileSync(join(directory, 'ssh-config'), client);
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    // ssh looks for its settings in the home of the account, which is not the test's.
    const ssh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh\nexec ip netns exec ${ns.name} ${ssh} -F ${join(directory, 'ssh-config')} "$@"\n`;
    writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
    await until('both listen', () => ns.exec('ss', '-ltnH').trim().split('\n').length >= 2, 30);
    const env = { ...hosts.env, PATH: `${bin}:${process.env.PATH}` };
    const run = await migrating(hosts.desired, 'kvm-b', tellOf(hosts), env).ended;
    expect([run.status, run.stderr, hosts.text()]).toEqual([0, expect.anything(), MOVED]);
    await until('the source has let it go', () => hasGone(hosts.a), 30);
  });
});
