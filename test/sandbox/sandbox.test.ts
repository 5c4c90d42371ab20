import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { bundleProgram } from '../support/bundle.ts';
import { describeNeeding } from '../support/requires.ts';

const FLEET = `apiVersion: plumbline/v1
kind: Network
metadata: { name: red }
spec: { mtu: 9000 }
---
apiVersion: plumbline/v1
kind: Network
metadata: { name: office }
spec: {}
---
apiVersion: plumbline/v1
kind: Network
metadata: { name: tenants }
spec: {}
---
apiVersion: plumbline/v1
kind: Host
metadata: { name: kvm-a }
spec:
  devices:
    front0: { match: { mac: "aa:bb:cc:00:00:01" } }
    back0: { match: { altname: enp65s0 } }
  networks:
    red: { type: direct, mode: vepa, pool: [{ device: front0 }, { device: back0 }, { device: eth3 }] }
    office: { type: bridge, bridge: br0 }
    tenants: { type: openvswitch, bridge: ovsbr0 }
`;

interface Report {
  namespace: string;
  links: {
    name: string;
    up: boolean;
    carrier: boolean;
    mtu: number;
    mac: string;
    altnames: string[];
    type: string;
  }[];
  ovsBridges: string[];
  settings: { datapath: string; skip: Record<string, string>; accounts: boolean };
  run: string[];
  sys: string[];
  directories: string[];
  terminal: boolean;
}

let program = { file: '', remove: async () => {} };
let fleet = '';
beforeAll(async () => {
  program = await bundleProgram('test/sandbox/inside.ts');
  fleet = mkdtempSync(join(tmpdir(), 'plumbline-fleet-'));
  writeFileSync(join(fleet, 'all.yaml'), FLEET);
  // Another user reads them too.
  for (const directory of [fleet, dirname(program.file)]) chmodSync(directory, 0o755);
});
const started = new Set<ChildProcess>();
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});
afterAll(async () => {
  await program.remove();
  rmSync(fleet, { recursive: true, force: true });
});

/** Starts the program inside of a sandbox and waits for what it tells. */
async function start(then: string, asUser: readonly string[] = [], env: Record<string, string> = {}) {
  const [file = '', ...args] = [...asUser, process.execPath, program.file, fleet, then];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  started.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout);
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), ended.then(() => '')]);
  if (line === '') throw new Error(`nothing came from inside: ${stderr}`);
  const report: Report = JSON.parse(line);
  return { child, report, ended, stderr: () => stderr };
}

/** The processes that are in a network namespace. */
function processesIn(namespace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === namespace;
    } catch {
      return false;
    }
  });
}

async function expectGone(namespace: string): Promise<void> {
  await vi.waitFor(() => expect(processesIn(namespace)).toEqual([]), { timeout: 10_000, interval: 20 });
}

function statusOf(child: ChildProcess): number | string | null {
  return child.exitCode ?? child.signalCode;
}

describeNeeding(['root'], 'a sandbox', () => {
  test('has a stand-in for each thing that the documents take for granted, all of them up', async () => {
    const { report, child, ended, stderr } = await start('exit');
    await ended;
    const links = new Map(report.links.map((link) => [link.name, link]));
    expect(links.get('front0')).toMatchObject({ mac: 'aa:bb:cc:00:00:01', mtu: 9000, type: 'veth' });
    expect(links.get('back0')).toMatchObject({ altnames: ['enp65s0'], mtu: 9000 });
    expect(links.get('br0')).toMatchObject({ type: 'bridge', mtu: 1500, up: true });
    for (const name of ['front0', 'back0', 'eth3'])
      expect(links.get(name)).toMatchObject({ up: true, carrier: true });
    expect(stderr()).toMatch(
      /^Sandbox: stand-ins for front0 \(aa:bb:cc:00:00:01\), back0 \(enp65s0\), eth3, bridge br0/,
    );
    expect(statusOf(child)).toBe(7);
  });

  test('sees nothing of the machine’s links and files, and the machine nothing of its own', async () => {
    const { report, ended } = await start('exit');
    await ended;
    expect(report.namespace).not.toBe(readlinkSync('/proc/self/ns/net'));
    expect(report.sys).toEqual(report.links.map(({ name }) => name).sort());
    expect(report.run).toEqual(expect.arrayContaining(['netns', 'plumbline']));
    for (const directory of report.directories) expect(directory).toMatch(/^\/run\/plumbline\//);
    await expectGone(report.namespace);
    expect(readdirSync('/sys/class/net')).not.toContain('front0');
  });

  test('goes with all that is in it when the program outside is killed', async () => {
    const { report, child, ended } = await start('wait');
    expect(processesIn(report.namespace)).not.toEqual([]);
    child.kill('SIGKILL');
    await ended;
    await expectGone(report.namespace);
  });

  test('goes even when the program inside never looks up', async () => {
    const { report, child, ended } = await start('spin');
    child.kill('SIGKILL');
    await ended;
    await expectGone(report.namespace);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it with that signal’s status', async (signal, status) => {
    const { report, child, ended } = await start('wait');
    child.kill(signal);
    await ended;
    expect(statusOf(child)).toBe(status);
    await expectGone(report.namespace);
  });

  test('needs no root where the machine has user namespaces', async ({ skip }) => {
    const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
    const probe = spawn('setpriv', [
      ...user.slice(1),
      'unshare',
      '--user',
      '--map-root-user',
      '--net',
      'true',
    ]);
    if ((await once(probe, 'close'))[0] !== 0) skip('user namespaces are not for everybody here');
    const { report, child, ended } = await start('exit', user, { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' });
    await ended;
    expect(statusOf(child)).toBe(7);
    expect(report.links.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['front0', 'back0', 'eth3', 'br0']),
    );
    await expectGone(report.namespace);
  });
});

describeNeeding(['root', 'ovs'], 'a sandbox with Open vSwitch', () => {
  test('has one of its own, with the bridges that exist already', async () => {
    const { report, ended, stderr } = await start('exit');
    await ended;
    expect(report.ovsBridges).toEqual(['ovsbr0']);
    expect(report.settings).toEqual({ datapath: 'netdev', skip: {}, accounts: false });
    expect(stderr()).toMatch(/bridge ovsbr0; a private Open vSwitch\n$/);
    await expectGone(report.namespace);
  });
});

describeNeeding(['root'], 'a sandbox where Open vSwitch is not installed', () => {
  test('leaves its networks out and names the package', async () => {
    const asUser = ['unshare', '--mount', '--propagation', 'private', '--'];
    const { report, ended, stderr } = await start('exit', asUser, { HIDE: '/usr/sbin/ovs-vswitchd' });
    await ended;
    expect(report.settings.skip).toEqual({ tenants: expect.stringContaining('openvswitch-switch') });
    expect(stderr()).toContain('openvswitch-switch');
    expect(report.links.map(({ name }) => name)).toEqual(expect.arrayContaining(['front0', 'br0']));
    await expectGone(report.namespace);
  });
});
