import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { wrapIp } from './ip-wrapper.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
const wanting = (...names: string[]) => ({
  host: { networks: { s } },
  guests: Object.fromEntries(names.map((name) => [name, guest('s')])),
});

/** Of each run that the history has, why it was, how it ended, and what it changed. */
async function history(host: KernelHost): Promise<[string[], number, string[]][]> {
  const { stdout } = await host.run(['history', '-o', 'json']);
  const {
    runs,
  }: { runs: { triggers: string[]; status: number; changes: { id: string; action: string }[] }[] } =
    JSON.parse(stdout);
  return runs.map(({ triggers, status, changes }) => [
    triggers,
    status,
    changes.map(({ id, action }) => `${action} ${id}`).sort(),
  ]);
}

describeNeeding(['root'], 'the history of a host without a controller', () => {
  test('has each run that changed something, whoever ran it', async () => {
    const host = await kernelHost();
    host.want(wanting('web'));
    await host.converge();
    await host.converge();
    await host.run(['plan', host.desired, '--host', 'a']);
    const made = ['create link:br-s', 'create link:web-eth0'];
    expect(await history(host)).toEqual([[['apply'], 0, made]]);

    host.want(wanting('web', 'db'));
    const back = await host.run(['apply', host.desired, '--host', 'a', '--confirm', '1']);
    expect(back.status).toBe(1);
    expect(await history(host)).toEqual([
      [['apply'], 0, made],
      [['apply'], 0, ['create link:db-eth0']],
      [['unconfirmed'], 0, ['delete link:db-eth0']],
    ]);

    await host.run(['teardown', '--yes']);
    expect((await history(host)).slice(3)).toEqual([
      [['teardown'], 0, ['delete link:br-s', 'delete link:web-eth0']],
    ]);
    const { stdout } = await host.run(['history']);
    expect(stdout).toMatch(/\(by hand\)[\s\S]*\(not confirmed\)[\s\S]*\(teardown\)/);
  });

  test('says of each change what became of it, whatever was expected', async () => {
    const host = await kernelHost();
    host.want(wanting('web', 'db'));
    // Somebody takes a name between the plan and the batch.
    const body = '[ $B = 1 ] && $REAL link add name db-eth0 type bridge';
    const answer = await host.applyWith(wrapIp(host.directory, 'taken', body));
    const { stdout } = await host.run(['history', '-o', 'json']);
    const [run] = JSON.parse(stdout).runs;
    expect(run).toMatchObject({ digest: answer.report.digest, summary: answer.report.summary, status: 1 });
    expect(
      Object.fromEntries(run.changes.map(({ id, result }: Record<string, string>) => [id, result])),
    ).toEqual({ 'link:br-s': 'done', 'link:web-eth0': 'done', 'link:db-eth0': 'failed' });
    expect(run.changes.find(({ id }: { id: string }) => id === 'link:db-eth0').message).toMatch(
      /busy|exists/,
    );
  });
});
