import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { until } from '../support/netns.ts';
import { programFile, runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { holdMacvtap } from './holder.ts';
import { expectConverged, type KernelHost, kernelHost } from './kernel-host.ts';
import { expectUntouched, isUp, linkOf } from './kernel-links.ts';
import { ovsPort } from './ovs-rows.ts';
import { isUnfinished } from './unfinished.ts';

type Networks = NonNullable<SpecOf<'Host'>['networks']>;

const pool = (maxGuests: number, ...devices: string[]): Networks => ({
  red: { type: 'direct', mode: 'bridge', pool: devices.map((device) => ({ device, maxGuests })) },
});
const bridge: Networks = { red: { type: 'bridge', bridge: 'br-red', manage: true, uplinks: ['p0'] } };
const ovs: Networks = { red: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev' } };

const elsewhere = (more: Partial<SpecOf<'Guest'>> = {}) => guest('red', {}, { host: 'b', ...more });

function want(host: KernelHost, networks: Networks, of: Record<string, SpecOf<'Guest'>>): void {
  host.want({ host: { networks }, hosts: { b: { networks: bridge } }, guests: of });
}

const claim = (host: KernelHost, name: string, ...flags: string[]) =>
  host.run(['claim', name, host.desired, '--host', 'a', ...flags]);

function claims(host: KernelHost): string[] {
  const directory = join(host.directory, 'run', 'claims', String(statSync(`/run/netns/${host.ns.name}`).ino));
  return readdirSync(directory);
}

describeNeeding(['root', 'ovs'], 'a claim without a controller', () => {
  test.each([
    ['a pool', pool(2, 'p0')],
    ['a bridge with its uplink', bridge],
    ['Open vSwitch', ovs],
  ])('makes in %s what the guest needs, and nothing else', async (_, networks) => {
    const host = await kernelHost({ nics: ['p0'], ovs: true });
    want(host, networks, { web: elsewhere(), other: guest('red') });
    const made = await claim(host, 'web');
    expect([made.stderr.includes('cannot'), made.status]).toEqual([false, 0]);
    expect(made.stdout).toContain('web is claimed here');
    const links = host.links();
    expect(isUp(linkOf(links, 'web-eth0'))).toBe(true);
    expect(links['other-eth0']).toBeUndefined();
    if (networks === bridge) expect(linkOf(links, 'p0').master).toBe('br-red');
    if (networks === ovs) expect(ovsPort(host, 'web-eth0').ofport).toBeGreaterThan(0);
    // Applies keep it, whatever git says.
    await host.converge();
    await expectConverged(host);
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(true);
    // Released, it goes with the next run.
    expect((await host.run(['release', 'web'])).stdout).toBe('web-eth0 is down\nthe claim of web is ended\n');
    await host.converge();
    expect(host.links()['web-eth0']).toBeUndefined();
  });

  test('without a place for its lock is told so in one line', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, pool(1, 'p0'), { web: elsewhere() });
    const words = [process.execPath, programFile(), 'claim', 'web', host.desired, '--host', 'a'];
    const open = join(host.directory, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const env = { ...host.env, RUNTIME_DIRECTORY: open };
    const told = await runProgram('ip', ['netns', 'exec', host.ns.name, ...words], { env });
    expect([told.status, told.stderr.includes('\n    at ')]).toEqual([1, false]);
    expect(told.stderr).toContain('that nobody else can write');
  });

  test('that cannot be met is refused with the reasons, and leaves everything as it was', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, pool(1, 'p0'), { web: elsewhere(), here: guest('red') });
    await host.converge();
    const before = host.links();
    const full = await claim(host, 'web');
    expect([full.stdout, full.status]).toEqual(['', 1]);
    expect(full.stderr).toContain('no device of the pool of red can take it here');
    const unknown = await claim(host, 'nobody');
    expect([unknown.stderr.includes('the documents know no guest nobody'), unknown.status]).toEqual([
      true,
      1,
    ]);
    expect(claims(host)).toEqual([]);
    expectUntouched(before, host.links());
    expect((await host.plan()).report.inSync).toBe(true);

    host.want({
      host: { networks: pool(1, 'p0') },
      hosts: { b: { networks: { blue: { type: 'bridge', bridge: 'br0' } } } },
      networks: { blue: {} },
      guests: { web: guest('blue', {}, { host: 'b' }), here: guest('red') },
    });
    const absent = await claim(host, 'web');
    expect(absent.stderr).toContain('does not realise blue');
    expect(absent.status).toBe(1);
    expect((await claim(host, 'web', '--for', '3 weeks')).status).toBe(64);
  });

  test('takes the place of none whom git has here', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, pool(2, 'p0'), { a: elsewhere(), b: guest('red') });
    await host.converge();
    expect((await claim(host, 'a')).status).toBe(0);
    expect(isUp(linkOf(host.links(), 'a-eth0'))).toBe(true);
    // It stands: a guest that comes later waits until the claim ends.
    want(host, pool(2, 'p0'), { a: elsewhere(), b: guest('red'), c: guest('red') });
    expect((await host.apply()).report.problems).toMatchObject([{ code: 'pool-full' }]);
    await host.run(['release', 'a']);
    await host.converge();
    expect(isUp(linkOf(host.links(), 'c-eth0'))).toBe(true);
  });

  test('raises a standby device, on another one of the pool where its own is full, and lets it wait again', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.ns.ip('link set dev far-p1 down\n');
    want(host, pool(1, 'p0', 'p1'), { web: elsewhere({ standby: ['a'] }) });
    await host.converge();
    expect(linkOf(host.links(), 'web-eth0').link).toBe('p0');
    want(host, pool(1, 'p0', 'p1'), { web: elsewhere({ standby: ['a'] }), here: guest('red') });
    await host.converge();
    expect(linkOf(host.links(), 'here-eth0').link).toBe('p0');
    expect((await claim(host, 'web')).status).toBe(0);
    const web = linkOf(host.links(), 'web-eth0');
    expect([web.link, isUp(web)]).toEqual(['p1', true]);
    await host.run(['release', 'web']);
    await host.converge();
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(false);
    await expectConverged(host);
  });

  test('raises what was released, and ends when git agrees', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, pool(1, 'p0'), { web: guest('red') });
    await host.converge();
    await host.run(['release', 'web']);
    await host.converge();
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(false);
    expect((await claim(host, 'web')).status).toBe(0);
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(true);
    await host.converge();
    expect(claims(host)).toEqual([]);
    await expectConverged(host);
  });

  test('ends with its time and with a boot: the device goes, unless the guest runs', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, pool(2, 'p0'), { web: elsewhere() });
    expect((await claim(host, 'web')).status).toBe(0);
    const [file = ''] = claims(host);
    const path = join(
      host.directory,
      'run',
      'claims',
      String(statSync(`/run/netns/${host.ns.name}`).ino),
      file,
    );
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"boot":"[^"]+"/, '"boot":"another"'));
    const holder = await holdMacvtap(host, 'web-eth0');
    const { status, report } = await host.apply();
    expect([status, report.changes.map(({ action, result }) => [action, result])]).toEqual([
      2,
      [['delete', 'held']],
    ]);
    await holder.release();
    await host.converge();
    expect(host.links()['web-eth0']).toBeUndefined();
    expect((await claim(host, 'web', '--for', '1s')).status).toBe(0);
    await until('the claim is over', async () => (await host.plan()).report.summary.delete === 1);
  });

  test('that is killed at any point is made good by the next one', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    want(host, pool(50, 'p0'), { web: elsewhere(), ...guests('g', 3, 'red') });
    for (let wait = 0; wait < 700; wait += 100) {
      const child = host.start(['claim', 'web', host.desired, '--host', 'a']);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, wait));
      child.kill('SIGKILL');
      await ended;
    }
    await until('the lock is free', async () => (await claim(host, 'web')).status === 0);
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(true);
    expect(Object.values(host.links()).filter(isUnfinished)).toEqual([]);
    expect(host.links()['g0-eth0']).toBeUndefined();
  });
});
