import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { wrapIp } from './ip-wrapper.ts';
import { expectConverged, kernelHost, ours } from './kernel-host.ts';

describeNeeding(['root'], 'two runs at once', () => {
  test('one ends at once with 75 and names the other', async () => {
    const host = await kernelHost();
    host.want({ host: { networks: { lab: { type: 'bridge', bridge: 'br-lab', manage: true } } } });
    const [reads, go] = [join(host.directory, 'reads'), join(host.directory, 'go')];
    const waits = wrapIp(
      host.directory,
      'waits',
      `: > "${reads}"; while [ ! -e "${go}" ]; do sleep 0.02; done`,
    );
    const first = host.applyWith(waits);
    await until('the first run has the lock and reads', () => existsSync(reads));
    const second = await host.run(['apply', host.desired, '--host', 'a']);
    expect(second.status).toBe(75);
    const pid = /pid (\d+)/.exec(second.stderr)?.[1];
    expect(host.ns.exec('cat', `/proc/${pid}/cmdline`)).toContain('apply');
    // A plan touches nothing and waits for nobody, and says whose half-made host it may show.
    const plan = await host.plan();
    expect(plan.status).toBe(0);
    expect(plan.report.problems).toEqual([
      expect.objectContaining({ code: 'other-run', severity: 'warning', source: null }),
    ]);
    expect((await host.run(['plan', host.desired, '--host', 'a'])).stdout).toContain(
      `another run (pid ${pid}) has this host at this moment`,
    );
    expect((await host.run(['teardown', '--yes'])).status).toBe(75);
    mkdirSync(go);
    expect((await first).status).toBe(0);
    expect(ours(host)).toEqual(['br-lab']);
    expect((await host.plan()).report.problems).toEqual([]);
    await expectConverged(host);
  });
});
