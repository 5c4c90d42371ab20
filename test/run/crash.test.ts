import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { type FleetParts, guests } from './fleet-files.ts';
import { wrapIp } from './ip-wrapper.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';
import { expectAllOwned, expectHealed, isUnfinished, twoFleets, WIDE } from './unfinished.ts';

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

  // Taps and bridges and what makes them ours are one batch.
  test('after each line of a batch that makes and publishes', async () => {
    const host = await kernelHost(WIDE);
    const strangers = host.links();
    const fleet: FleetParts = {
      host: {
        networks: {
          s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['eth1'] },
          lab: { type: 'bridge', bridge: 'br-l', manage: true },
        },
      },
      guests: { ...guests('g', 3, 's'), ...guests('l', 3, 'lab') },
    };
    let [unfinished, mixed] = [0, 0];
    for (let lines = 1; ; lines++) {
      host.want(fleet);
      const kill = wrapIp(
        host.directory,
        `kill-${lines}`,
        `if [ $B = 1 ]; then
  cat > "$0.lines"
  head -n ${lines} "$0.lines" | "$REAL" "$@"
  [ $(wc -l < "$0.lines") -gt ${lines} ] && kill -9 $PPID
  exit
fi`,
      );
      const { signal } = await host.run(['apply', host.desired, '--host', 'a'], kill);
      expectAllOwned(host, strangers);
      const standing = Object.values(host.links()).filter((link) => !(link.ifname in strangers));
      const half = standing.filter(isUnfinished).length;
      unfinished += half;
      if (half > 0 && half < standing.length) mixed += 1;
      await expectHealed(host);
      if (signal !== 'SIGKILL') break;
      host.want({ host: { networks: {} } });
      await host.converge('--allow-prune');
    }
    expect(unfinished).toBeGreaterThan(30);
    expect(mixed).toBeGreaterThan(3);
  });
});
