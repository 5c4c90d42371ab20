import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { wrapIp } from './ip-wrapper.ts';
import { expectConverged, kernelHost, ours, results } from './kernel-host.ts';
import { linkOf } from './kernel-links.ts';
import { isUnfinished } from './unfinished.ts';

describeNeeding(['root'], 'one failure is one failure', () => {
  test('a parent that the kernel refuses: the rest is done, and the report names the document', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    // No Ethernet device, so no bridge takes it, which a plan knows.
    host.ns.ip('tuntap add dev l4 mode tun\nlink set dev l4 up\n');
    host.want({
      host: {
        networks: {
          bad: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
          s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['l4'] },
        },
      },
      guests: { a: guest('red'), b: guest('bad'), c: guest('red'), s: guest('s') },
    });
    // A stranger has the other NIC to itself by then, which only the kernel can say.
    const race = wrapIp(
      host.directory,
      'race',
      '[ $B = 1 ] && "$REAL" link add link p1 name alone type macvlan mode passthru',
    );
    const answer = await host.applyWith(race);
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link a-eth0': 'done',
      'link b-eth0': 'failed',
      'link br-s': 'done',
      'link c-eth0': 'done',
      'link s-eth0': 'done',
      'membership l4': 'skipped',
    });
    const failed = answer.report.changes.filter(({ result }) => result === 'failed');
    expect(failed.map(({ source, message }) => [source?.file, message])).toEqual([
      ['guests/b.yaml', expect.stringContaining('Invalid argument')],
    ]);
    expect(answer.report.problems).toMatchObject([
      { code: 'uplink-unfit', source: { file: 'hosts/a.yaml' } },
    ]);
    expect(failed.every(({ source }) => (source?.line ?? 0) > 1)).toBe(true);
    const text = await host.run(['apply', host.desired, '--host', 'a']);
    expect(text.status).toBe(1);
    expect(text.stdout).toMatch(/guests\/b\.yaml:\d+/);
    expect(ours(host)).toEqual(['a-eth0', 'br-s', 'c-eth0', 's-eth0']);

    // The cause goes, and the next run heals.
    host.ns.ip('link del dev alone\nlink del dev l4\nlink add name l4 type veth peer name far-l4\n');
    await host.converge();
    await expectConverged(host);
  });

  test('a host that cannot be read again: what was done is told, and not said to be right', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({
      host: { networks: { red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] } } },
      guests: guests('g', 3, 'red'),
    });
    const blind = wrapIp(
      host.directory,
      'blind',
      '[ $BATCH = 0 ] && [ -e "$(dirname "$0")/batches" ] && { echo "Cannot send dump request" >&2; exit 1; }',
    );
    const answer = await host.applyWith(blind);
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link g0-eth0': 'failed',
      'link g1-eth0': 'failed',
      'link g2-eth0': 'failed',
    });
    for (const { message } of answer.report.changes) {
      expect(message).toMatch(/carried out, but .* read again .*: ip .* failed: Cannot send dump request/);
    }
    expect(ours(host)).toEqual(['g0-eth0', 'g1-eth0', 'g2-eth0']);
    await expectConverged(host);
  });

  test('a name that is taken between plan and execution: the stranger is not marked, dependents are skipped', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.want({
      host: {
        networks: {
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
          s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: [] },
          t: { type: 'bridge', bridge: 'br-t', manage: true },
        },
      },
      guests: { m: guest('red'), n: guest('red'), s: guest('s'), t: guest('t'), u: guest('t') },
    });
    const race = wrapIp(
      host.directory,
      'race',
      `[ $B = 1 ] && printf '%s\\n' 'link add name m-eth0 type bridge' 'link add name br-s type bridge' \\
  'tuntap add dev t-eth0 mode tap' | "$REAL" -batch - >/dev/null`,
    );
    const answer = await host.applyWith(race);
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link br-s': 'failed',
      'link br-t': 'done',
      'link m-eth0': 'failed',
      'link n-eth0': 'done',
      'link s-eth0': 'skipped',
      'link t-eth0': 'failed',
      'link u-eth0': 'done',
    });
    const links = host.links();
    for (const name of ['m-eth0', 'br-s', 't-eth0']) {
      const { ifalias, master, group } = linkOf(links, name);
      expect([name, ifalias, master, group]).toEqual([name, undefined, undefined, '0']);
    }
    // Nothing stands half done.
    expect(Object.values(links).filter(isUnfinished)).toEqual([]);
    expect(ours(host)).toEqual(['br-t', 'n-eth0', 'u-eth0']);

    host.ns.ip('link del dev m-eth0\nlink del dev br-s\nlink del dev t-eth0\n');
    await host.converge();
    await expectConverged(host);
  });

  test('what goes between plan and execution is no failure where it was to go', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const networks = { red: { type: 'direct' as const, mode: 'bridge' as const, pool: [{ device: 'p0' }] } };
    host.want({ host: { networks }, guests: guests('g', 6, 'red') });
    await host.converge();
    host.want({ host: { networks } });
    const race = wrapIp(host.directory, 'race', `[ $B = 1 ] && "$REAL" link del dev g3-eth0`);
    const answer = await host.applyWith(race);
    expect([answer.stderr, answer.status]).toEqual(['', 0]);
    expect(ours(host)).toEqual([]);
  });

  test('a name that changes hands meanwhile: the new one is not touched', async () => {
    const host = await kernelHost();
    host.ns.ip('link add name br0 type bridge\nlink add name br1 type bridge\n');
    const want = (bridge: string) =>
      host.want({
        host: { networks: { office: { type: 'bridge', bridge } } },
        guests: guests('g', 2, 'office'),
      });
    want('br0');
    await host.converge();
    want('br1');
    const race = wrapIp(
      host.directory,
      'race',
      `[ $B = 1 ] && printf '%s\\n' 'link del dev g0-eth0' 'tuntap add dev g0-eth0 mode tap' | "$REAL" -batch -`,
    );
    const answer = await host.applyWith(race);
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({ 'link g0-eth0': 'failed', 'link g1-eth0': 'done' });
    const { ifalias, master } = linkOf(host.links(), 'g0-eth0');
    expect([ifalias, master]).toEqual([undefined, undefined]);
  });

  test('links that never come to rest: nothing is done on a read that cannot be trusted', async () => {
    const host = await kernelHost();
    host.want({ host: { networks: { lab: { type: 'bridge', bridge: 'br-lab', manage: true } } } });
    const restless = wrapIp(
      host.directory,
      'restless',
      `echo 'Dump was interrupted and may be inconsistent.' >&2`,
    );
    const { status, stderr } = await host.run(['apply', host.desired, '--host', 'a'], restless);
    expect(status).toBe(1);
    expect(stderr).toContain('try again');
    expect(host.links()['br-lab']).toBeUndefined();
  });
});
