import { expect, test } from 'vitest';
import { programFile, runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { ipProgram, wrapIp } from './ip-wrapper.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';

describeNeeding(['root'], 'the host itself', () => {
  test('has no IPv6 address on guest devices and on bridges that only switch', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      networks: { lan: {}, red: {} },
      host: {
        networks: {
          lan: { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['p0'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
        },
      },
      guests: { g: guest('lan'), h: guest('red') },
    });
    await host.converge();
    for (const name of ['br-lan', 'g-eth0', 'h-eth0']) {
      expect([name, host.ns.exec('ip', '-6', '-o', 'addr', 'show', 'dev', name)]).toEqual([name, '']);
    }
  });

  test('that was booted with ipv6.disable=1 gets its bridges and taps, and is in sync', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      host: {
        networks: {
          cell: { type: 'virtual', bridge: 'virbr-cell', forward: 'isolated' },
          lan: { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['p0'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
        },
      },
      guests: { f: guest('cell'), g: guest('lan'), h: guest('red') },
    });
    const run = withoutIpv6(host);
    expect(await run('apply', host.desired, '--host', 'a')).toMatchObject({ status: 0, refused: false });
    expect(Object.keys(host.links())).toEqual(
      expect.arrayContaining(['br-lan', 'virbr-cell', 'f-eth0', 'g-eth0', 'h-eth0']),
    );
    expect(await run('plan', host.desired, '--host', 'a', '--exit-code')).toMatchObject({ status: 0 });
    expect(await run('teardown', '--yes')).toMatchObject({ status: 0 });
    expect(Object.keys(host.links()).sort()).toEqual(['far-p0', 'far-p1', 'lo', 'p0', 'p1']);
  });
});

/**
 * Runs the program as on a kernel without IPv6, which the machine's cannot be told to be: it has no settings of it, and
 * refuses calls that speak of it.
 */
function withoutIpv6(host: KernelHost) {
  const env = wrapIp(
    host.directory,
    'no-ipv6',
    `if [ $BATCH = 1 ]; then
  lines=$(cat)
  case $lines in *addrgenmode*) echo 'RTNETLINK answers: Address family not supported by protocol' >&2; exit 1 ;; esac
  printf '%s\\n' "$lines" | "$REAL" "$@"
  exit
fi`,
  );
  // `ip netns exec` gives it mounts of its own.
  const hide = 'mount -t tmpfs none /proc/sys/net && exec "$0" "$@"';
  return async (...argv: string[]) => {
    const words = ['netns', 'exec', host.ns.name, 'sh', '-c', hide, process.execPath, programFile(), ...argv];
    const done = await runProgram(ipProgram(), words, { env: { ...host.env, ...env } });
    return { ...done, refused: /Address family not supported/.test(done.stdout + done.stderr) };
  };
}
