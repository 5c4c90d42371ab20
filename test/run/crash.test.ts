import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { wrapIp } from './ip-wrapper.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';
import { expectAllOwned, expectHealed, twoFleets, WIDE } from './unfinished.ts';

/** From one fleet to the other and back, each way with a kill in it, until a way comes to its end unharmed. */
async function killAtEach(host: KernelHost, wrap: (n: number) => NodeJS.ProcessEnv): Promise<number> {
  const strangers = host.links();
  const fleets = twoFleets(false);
  const way = (n: number) => fleets[n % 2] ?? fleets[0];
  host.want(way(0));
  await host.converge();
  for (let n = 1; ; n++) {
    host.want(way(n));
    const { signal } = await host.run(['apply', host.desired, '--host', 'a'], wrap(n));
    expectAllOwned(host, strangers);
    await expectHealed(host);
    if (signal !== 'SIGKILL') return n - 1;
  }
}

describeNeeding(['root'], 'killed at any moment', () => {
  test('before each call of ip', async () => {
    const host = await kernelHost(WIDE);
    const kills = await killAtEach(host, (n) =>
      wrapIp(host.directory, `kill-${n}`, `[ $N = ${n} ] && kill -9 $PPID && exit 1`),
    );
    // One read to plan and one to verify, and batches between them.
    expect(kills).toBeGreaterThan(6);
  });

  // Before a read and after it is one moment: nothing has changed between.
  test('after each batch', async () => {
    const host = await kernelHost(WIDE);
    const kills = await killAtEach(host, (n) =>
      wrapIp(host.directory, `kill-${n}`, `if [ $B = ${n} ]; then "$REAL" "$@"; kill -9 $PPID; exit 1; fi`),
    );
    expect(kills).toBeGreaterThan(2);
  });

  test('in the middle of each batch', async () => {
    const host = await kernelHost(WIDE);
    const kills = await killAtEach(host, (n) =>
      wrapIp(
        host.directory,
        `kill-${n}`,
        `if [ $B = ${n} ]; then
  cat > "${host.directory}/lines-${n}"
  head -n $(($(wc -l < "${host.directory}/lines-${n}") / 2)) "${host.directory}/lines-${n}" | "$REAL" "$@"
  kill -9 $PPID; exit 1
fi`,
      ),
    );
    expect(kills).toBeGreaterThan(2);
  });

  test('after each of the first lines of the first batch', async () => {
    const host = await kernelHost(WIDE);
    const strangers = host.links();
    const [, fleet] = twoFleets(false);
    host.want(fleet);
    for (let n = 1; n <= 12; n++) {
      const kill = wrapIp(
        host.directory,
        `kill-${n}`,
        `if [ $B = 1 ]; then head -n ${n} | "$REAL" "$@"; kill -9 $PPID; exit 1; fi`,
      );
      const { signal } = await host.run(['apply', host.desired, '--host', 'a'], kill);
      expect(signal).toBe('SIGKILL');
      expectAllOwned(host, strangers);
    }
    await expectHealed(host);
  });
});
