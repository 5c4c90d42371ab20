import { expect, test } from 'vitest';
import { programFile, type Run, runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';
import { type KernelHost, kernelHost, ours } from './kernel-host.ts';

const BRIDGE = { type: 'bridge', bridge: 'br-lab', manage: true } as const;
const WITHOUT = {
  status: 1,
  stderr: expect.stringMatching(
    /^plumbline: this process may not change the links .*: nothing was done\n {2}run it as root/,
  ),
};

describeNeeding(['root'], 'without the right to change links', () => {
  test('what would change something says so once, before it begins', async () => {
    const host = await kernelHost();
    host.want({ host: { networks: { lab: BRIDGE } } });
    const apply = ['apply', host.desired, '--host', 'a'];
    expect(await withoutRights(host, apply)).toMatchObject({ ...WITHOUT, stdout: '' });
    expect(await withoutRights(host, [...apply, '--confirm', '60'])).toMatchObject({
      ...WITHOUT,
      stdout: '',
    });
    const { RUNTIME_DIRECTORY } = host.env;
    host.env.RUNTIME_DIRECTORY = '/proc/nowhere';
    expect(await withoutRights(host, apply)).toMatchObject(WITHOUT);
    host.env.RUNTIME_DIRECTORY = RUNTIME_DIRECTORY;
    expect(ours(host)).toEqual([]);
    expect((await host.apply()).status).toBe(0);
    expect(await withoutRights(host, ['teardown', '--yes'])).toMatchObject(WITHOUT);
    expect(ours(host)).toEqual(['br-lab']);
  });

  test('what has nothing to do needs none', async () => {
    const host = await kernelHost();
    host.want({ host: { networks: { lab: BRIDGE } } });
    expect((await host.apply()).status).toBe(0);
    const { status, stdout } = await withoutRights(host, ['apply', host.desired, '--host', 'a']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('In sync') });
  });
});

function withoutRights({ ns, env }: KernelHost, words: readonly string[]): Promise<Run> {
  const unprivileged = ['setpriv', '--bounding-set', '-net_admin', '--', process.execPath, programFile()];
  return runProgram('ip', ['netns', 'exec', ns.name, ...unprivileged, ...words], { env });
}
