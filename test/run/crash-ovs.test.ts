import { once } from 'node:events';
import { test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { kernelHost } from './kernel-host.ts';
import { expectAllOwned, expectHealed, twoFleets, WIDE } from './unfinished.ts';

describeNeeding(['root', 'ovs'], 'killed at random', () => {
  test('twenty times, with Open vSwitch', async () => {
    const host = await kernelHost({ ...WIDE, ovs: true });
    const strangers = host.links();
    const fleets = twoFleets(true);
    host.want(fleets[0]);
    const begin = performance.now();
    await host.converge();
    const span = performance.now() - begin;
    for (let n = 1; n <= 20; n++) {
      host.want(fleets[n % 2] ?? fleets[0]);
      const child = host.start(['apply', host.desired, '--host', 'a']);
      const ended = once(child, 'exit');
      // Most of the moments are those at which something is done.
      await new Promise((resolve) => setTimeout(resolve, span * (0.15 + 0.85 * Math.random())));
      child.kill('SIGKILL');
      await ended;
      expectAllOwned(host, strangers);
      if (n % 3 === 0) await expectHealed(host);
    }
    await expectHealed(host);
  }, 120_000);
});
