import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { wrapIp } from './ip-wrapper.ts';
import { kernelHost } from './kernel-host.ts';
import { expectAllOwned, expectHealed, isUnfinished, twoFleets, WIDE } from './unfinished.ts';

describeNeeding(['root'], 'Ctrl-C', () => {
  test.each(['INT', 'TERM'])(
    'SIG%s ends it between two batches, and the report says what was done',
    async (signal) => {
      const host = await kernelHost(WIDE);
      const strangers = host.links();
      const [first, second] = twoFleets(false);
      host.want(first);
      await host.converge();
      host.want(second);
      const stop = wrapIp(host.directory, 'stop', `[ $B = 2 ] && kill -${signal} $PPID`);
      const answer = await host.applyWith(stop);
      expect(answer.status).toBe(1);
      expect(answer.stderr).toContain(`SIG${signal}`);
      const results = new Set(answer.report.changes.map(({ result }) => result));
      expect(results).toContain('done');
      expect(results).toContain('not-run');
      expect(results).not.toContain('failed');
      for (const { action, name, result } of answer.report.changes) {
        if (action === 'create' && result === 'done') expect(host.links()[name]).toBeDefined();
      }
      expectAllOwned(host, strangers);
      await expectHealed(host);
    },
  );

  test('the text says so as well', async () => {
    const host = await kernelHost(WIDE);
    host.want(twoFleets(false)[1]);
    const stop = wrapIp(host.directory, 'stop', `[ $B = 1 ] && kill -INT $PPID`);
    const { status, stdout, stderr } = await host.run(['apply', host.desired, '--host', 'a'], stop);
    expect(status).toBe(1);
    expect(stderr).toContain('SIGINT: stopping after this batch');
    expect(stdout).toMatch(/not run {2}begun, not finished/);
    expect(stdout).toMatch(/; \d+ not run, \d+ of them begun\.$/m);
    const unfinished = Object.values(host.links()).filter(isUnfinished).length;
    expect(unfinished).toBeGreaterThan(1);
    expect(stdout).toContain(
      `${unfinished} links are made and not yet in service: the next apply clears them away and goes on; plumbline teardown removes them.`,
    );
    expect(stdout).toContain(`\nNext: plumbline apply ${host.desired} --host a\n`);
    await expectHealed(host);
  });
});
