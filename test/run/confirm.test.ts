import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/netns.ts';
import { programFile } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { ipProgram } from './ip-wrapper.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';

const lan = { type: 'bridge', bridge: 'br0', manage: true } as const;
const one = { host: { networks: { lan } }, guests: { a: guest('lan') } };
const two = { host: { networks: { lan } }, guests: { a: guest('lan'), b: guest('lan') } };

const devices = (host: KernelHost) =>
  Object.keys(host.links())
    .filter((name) => /^(br0|[ab]-eth0)$/.test(name))
    .sort();

/** What the timer has in the runtime directory. */
const files = (host: KernelHost) => {
  const directory = join(host.directory, 'run');
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith('confirm-')) : [];
};
const waits = (host: KernelHost) => files(host).some((name) => name.endsWith('.waiting'));
const decided = (host: KernelHost) =>
  until('the timer is done', () => files(host).join('').endsWith('.last'));

function startApply(host: KernelHost, seconds: number): { child: ChildProcess; stderr(): string } {
  const argv = ['apply', host.desired, '--host', 'a', '--confirm', String(seconds)];
  const child = spawn(
    ipProgram(),
    ['netns', 'exec', host.ns.name, process.execPath, programFile(), ...argv],
    { env: host.env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return { child, stderr: () => stderr };
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });

/** The apply is over, and the time runs. */
async function standing(host: KernelHost, names: string[]): Promise<void> {
  await until('the change stands and waits', () => {
    return waits(host) && JSON.stringify(devices(host)) === JSON.stringify(names);
  });
}

describeNeeding(['root'], 'apply --confirm', () => {
  test('goes back to the documents of before, which it keeps of each apply', async () => {
    const host = await kernelHost();
    host.want(one);
    await host.converge();
    // What is gone back to is not in the working tree any more.
    host.want(two);
    const { status, stderr } = await host.run(['apply', host.desired, '--host', 'a', '--confirm', '1']);
    expect(stderr).toContain(
      'goes back to the state before in 1 s unless it is confirmed: run plumbline confirm',
    );
    expect(stderr).toContain('not confirmed within 1 s: this host is back in the state before');
    expect(status).toBe(1);
    expect(devices(host)).toEqual(['a-eth0', 'br0']);
    const late = await host.run(['confirm']);
    expect([late.status, late.stderr]).toEqual([
      1,
      expect.stringMatching(
        /nothing waits to be confirmed\n {2}the last apply --confirm was taken back at 20/,
      ),
    ]);
  });

  test('stays when it is confirmed from elsewhere, and is what the next one goes back to', async () => {
    const host = await kernelHost();
    host.want(one);
    await host.converge();
    host.want(two);
    const { child } = startApply(host, 600);
    await standing(host, ['a-eth0', 'b-eth0', 'br0']);
    await until('the apply has let the host go', async () => (await host.run(['confirm'])).status === 0);
    expect(await ended(child)).toBe(0);
    await decided(host);
    expect(devices(host)).toEqual(['a-eth0', 'b-eth0', 'br0']);
    host.want(one);
    expect((await host.run(['apply', host.desired, '--host', 'a', '--confirm', '1'])).status).toBe(1);
    expect(devices(host)).toEqual(['a-eth0', 'b-eth0', 'br0']);
  });

  test('the first one ends in nothing of ours, and what was there stays', async () => {
    const host = await kernelHost({ nics: ['eth0'] });
    const before = Object.keys(host.links());
    host.want({ ...two, host: { networks: { lan: { ...lan, uplinks: ['eth0'] } } } });
    expect((await host.run(['apply', host.desired, '--host', 'a', '--confirm', '1'])).status).toBe(1);
    expect(Object.keys(host.links())).toEqual(before);
  });

  test('goes back also when the apply is killed, and nothing else runs meanwhile', async () => {
    const host = await kernelHost();
    host.want(one);
    await host.converge();
    host.want(two);
    const { child } = startApply(host, 4);
    await standing(host, ['a-eth0', 'b-eth0', 'br0']);
    child.kill('SIGKILL');
    await ended(child);
    // The documents, and even the program's own files, may have gone.
    rmSync(host.desired, { recursive: true });
    host.want(one);
    const busy = await host.run(['apply', host.desired, '--host', 'a']);
    expect([busy.status, busy.stderr]).toEqual([75, expect.stringContaining('waits to be confirmed')]);
    expect((await host.run(['apply', host.desired, '--host', 'a', '--confirm', '5'])).status).toBe(75);
    expect((await host.run(['teardown', '--yes'])).status).toBe(75);
    await decided(host);
    expect(devices(host)).toEqual(['a-eth0', 'br0']);
    expect((await host.converge()).report.changes).toEqual([]);
  });

  test('goes back at once on Ctrl-C', async () => {
    const host = await kernelHost();
    host.want(two);
    const { child, stderr } = startApply(host, 600);
    await until('it asks', () => stderr().includes('unless it is confirmed'));
    child.kill('SIGINT');
    expect(await ended(child)).toBe(1);
    expect(devices(host)).toEqual([]);
  });

  test('waits for nothing where nothing was changed, and takes only a number of seconds', async () => {
    const host = await kernelHost();
    host.want(one);
    await host.converge();
    const again = await host.run(['apply', host.desired, '--host', 'a', '--confirm', '600']);
    expect([again.status, again.stderr]).toEqual([0, '']);
    for (const seconds of ['0', '1m', '-5', '100000']) {
      expect((await host.run(['apply', host.desired, `--confirm=${seconds}`])).status).toBe(64);
    }
    rmSync(join(host.directory, 'state'), { recursive: true });
    host.want(two);
    const unknown = await host.run(['apply', host.desired, '--host', 'a', '--confirm', '600']);
    expect([unknown.status, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('there is nothing to go back to'),
    ]);
    expect(devices(host)).toEqual(['a-eth0', 'br0']);
  });
});
