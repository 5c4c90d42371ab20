import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { guest } from '../../run/fleet-files.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { createNamespace, until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, watchedHost } from './watched-host.ts';

/** What the probe asks, behind the uplink: addresses for documentation (RFC 5737). */
const PEER = '192.0.2.2';

function wanting(uplinks: string[], ...names: string[]) {
  return {
    host: {
      networks: { s: { type: 'bridge' as const, bridge: 'br-s', manage: true, uplinks } },
      safety: { probes: [{ ping: PEER }], timeout: '1s' },
    },
    guests: Object.fromEntries(names.map((name) => [name, guest('s')])),
  };
}

/** A host with an uplink behind which the peer is, at a first commit that stands. */
async function probedHost() {
  const host = await watchedHost({ nics: ['eth1'] });
  const peer = createNamespace();
  onTestFinished(() => peer.remove());
  host.ns.ip(`link set dev far-eth1 netns ${peer.name}\n`);
  peer.ip(`link set dev far-eth1 up\naddress add ${PEER}/24 dev far-eth1\n`);
  const first = host.commit(wanting(['eth1'], 'web'));
  const watching = await host.watch();
  await watching.reaches(first);
  // The host's own address, which is nobody's business.
  host.ns.ip('address add 192.0.2.1/24 dev br-s\n');
  return { host, first, watching };
}

describeNeeding(['root'], 'a commit that cuts a probe off', () => {
  test('is taken back; guests that came with it stay, and the next good one is applied', async () => {
    const { host, watching } = await probedHost();
    const cutting = host.commit(wanting([], 'web', 'db'));
    const status = await watching.shows('it is taken back', ({ rejected }) => rejected?.why === 'probes');
    expect(status.rejected?.revision).toBe(cutting);
    expect(status.rejected?.retryAt).not.toBe(null);
    expect(status.rejected?.problems[0]?.message).toContain(PEER);
    expect(status.healthy).toBe(false);
    await watching.shows('the host is at the documents before', ({ inSync }) => inSync);
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');
    await host.stands('db-eth0');
    host.ns.exec('ping', '-n', '-q', '-c', '1', '-w', '5', PEER);

    await host.stands('db-eth0', removeLink(host, 'db-eth0'));
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');

    const mended = host.commit(wanting(['eth1'], 'web', 'db'));
    const { rejected } = await watching.reaches(mended);
    expect(rejected).toBe(null);
    await host.stands('db-eth0');
  });

  test('is tried again neither with guests that come later, nor by a pause, nor while the probe fails', async () => {
    const { host, first, watching } = await probedHost();
    const cutting = host.commit(wanting([], 'web'));
    const trial = await watching.shows('it is on trial', ({ onTrial }) => onTrial !== null);
    expect(trial.onTrial?.revision).toBe(cutting);
    expect(trial.healthy).toBe(false);
    expect(trial.headline).toContain('is on trial');
    await watching.shows('it is taken back', ({ rejected, inSync }) => rejected?.why === 'probes' && inSync);

    const later = host.commit(wanting([], 'web', 'db'));
    const held = await watching.shows('the guest is here', ({ inSync, rejected, devices }) => {
      return inSync && rejected?.revision === later && devices.length === 2;
    });
    expect(held.rejected?.why).toBe('probes');
    expect(held.applied).toBe(first);
    await host.stands('db-eth0');
    await host.ask('pause');
    await host.ask('resume');
    const { rejected } = await watching.status();
    expect(rejected).toMatchObject({ revision: later, retryAt: held.rejected?.retryAt });
    const runsOf = async (revision: string) => {
      const { stdout } = await host.ask('history', '-o', 'json');
      return stdout.split('\n').filter((line) => line.includes(revision)).length;
    };
    // What was made and taken back is on record, too.
    expect(await runsOf(cutting)).toBe(1);

    // What fails before a run would guard nothing in it.
    host.ns.ip('address delete 192.0.2.1/24 dev br-s\n');
    expect((await host.run(['reconcile'])).status).toBe(1);
    const still = await watching.shows('it waits longer', (status) => {
      return status.rejected?.retryAt !== held.rejected?.retryAt && status.inSync;
    });
    expect(still.rejected?.problems[0]?.message).toContain(PEER);
    expect(await runsOf(later)).toBe(0);
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');

    host.ns.ip('address add 192.0.2.1/24 dev br-s\n');
    expect((await host.run(['reconcile'])).status).toBe(1);
    await until('it is tried', async () => (await runsOf(later)) === 1, 30);
  });

  test('is taken back by the next controller when the first was killed meanwhile; guests that came stay', async () => {
    const { host, first, watching } = await probedHost();
    const cutting = host.commit(wanting([], 'web', 'db'));
    await until('it is cut off', () => linkOf(host.links(), 'eth1').master === undefined, 30);
    await host.stands('db-eth0');
    expect(await watching.end('SIGKILL')).toBe(null);
    const { ifindex } = linkOf(host.links(), 'db-eth0');
    const next = await host.watch();
    const { rejected } = await next.shows('it is rejected', (status) => status.rejected !== null);
    expect(rejected).toMatchObject({ revision: cutting, why: 'probes' });
    await next.reaches(first);
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');
    expect(linkOf(host.links(), 'db-eth0').ifindex).toBe(ifindex);
    // And goes on standing, as does the trial of nothing.
    await host.stands('db-eth0', removeLink(host, 'db-eth0'));
    expect(existsSync(join(host.directory, 'state', 'trial.json'))).toBe(false);
  });

  test('is taken back before a later commit with the same fault is looked at, whose guests come', async () => {
    const { host, first, watching } = await probedHost();
    host.commit(wanting([], 'web'));
    await until('it is cut off', () => linkOf(host.links(), 'eth1').master === undefined, 30);
    expect(await watching.end('SIGKILL')).toBe(null);
    const later = host.commit(wanting([], 'web', 'db'));
    const next = await host.watch();
    const status = await next.shows('it is rejected too', ({ rejected }) => rejected?.revision === later);
    expect(status.rejected?.why).toBe('probes');
    await next.reaches(first);
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');
    await host.stands('db-eth0');
    const runs = status.runs.map(({ revision, summary }) => [revision, summary.create]);
    expect(runs.filter(([revision]) => revision === first).length).toBeGreaterThan(0);
  });

  test('saved in a working tree is taken back by the next controller too', async () => {
    const { host, watching } = await probedHost();
    expect(await watching.end()).toBe(0);
    const before = await host.watch('--worktree');
    await before.shows('it is in sync', ({ inSync }) => inSync);
    host.want(wanting([], 'web', 'db'));
    await until('it is cut off', () => linkOf(host.links(), 'eth1').master === undefined, 30);
    expect(await before.end('SIGKILL')).toBe(null);
    const next = await host.watch('--worktree');
    const { rejected } = await next.shows('it is rejected', (status) => status.rejected !== null);
    expect(rejected).toMatchObject({ revision: null, why: 'probes' });
    await next.shows('the host is at the files before', ({ inSync }) => inSync);
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');
    await host.stands('db-eth0');

    host.want(wanting(['eth1'], 'web'));
    await next.shows('files that cut nothing off', (status) => status.rejected === null && status.inSync);
    await host.gone('db-eth0');
    expect(linkOf(host.links(), 'eth1').master).toBe('br-s');
  });
});
