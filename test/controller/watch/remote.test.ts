import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guest } from '../../run/fleet-files.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, type WatchedHost, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

/** A bare repository beside the host's own, to which it pushes. */
function remoteOf(host: WatchedHost) {
  const bare = join(host.directory, 'remote', 'fleet.git');
  mkdirSync(bare, { recursive: true });
  host.git('init', '--quiet', '--bare', '--initial-branch=main', bare);
  host.git('remote', 'add', 'origin', bare);
  return {
    bare,
    push(mtu: number, ...options: string[]): string {
      const parts = { host: { networks: { s } }, networks: { s: { mtu } }, guests: { web: guest('s') } };
      const commit = host.commit(parts, {}, ...options);
      host.git('push', '--quiet', '--force', 'origin', 'main');
      return commit;
    },
    /** With an interval that no test waits for, unless another is given. */
    watch: (...flags: string[]) =>
      host.watchThrough([], '--repo', bare, '--path', 'desired', '--interval', '3600', ...flags),
  };
}

describeNeeding(['root'], 'a remote repository', () => {
  test('is followed by itself', async () => {
    const host = await watchedHost();
    const remote = remoteOf(host);
    const first = remote.push(1400);
    const watching = await remote.watch('--interval', '1');
    const status = await watching.reaches(first);
    expect(status.source?.fetchedAt).not.toBe(null);
    await watching.reaches(remote.push(1300));
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1300);
  });

  test('that is away leaves the host at the last good revision, over a restart too', async () => {
    const host = await watchedHost();
    const remote = remoteOf(host);
    const first = remote.push(1400);
    const before = await remote.watch();
    await before.reaches(first);
    const away = `${remote.bare}.away`;
    renameSync(remote.bare, away);
    await host.run(['reconcile']);
    await before.shows('the remote is away', ({ source }) => source?.trouble != null);
    await until('the log says so', () => before.log().includes('nothing new can be had from git'), 30);
    await host.stands('web-eth0', removeLink(host, 'web-eth0'));
    expect(await before.end()).toBe(0);

    const index = removeLink(host, 'web-eth0');
    const after = await remote.watch();
    await host.stands('web-eth0', index);
    await after.shows('the remote is away', ({ source }) => source?.trouble != null);
    await after.reaches(first);
    renameSync(away, remote.bare);
    const second = remote.push(1300);
    await host.ask('reconcile');
    const { source } = await after.reaches(second);
    expect(source?.trouble).toBe(null);
    await until('the log says so', () => after.log().includes('git can be asked again'), 30);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1300);
  });

  test('whose history was rewritten is followed only if that is allowed', async () => {
    const host = await watchedHost();
    const remote = remoteOf(host);
    remote.push(1500);
    const first = remote.push(1400);
    const careful = await remote.watch();
    await careful.reaches(first);
    const rewritten = remote.push(1300, '--amend');
    await host.run(['reconcile']);
    const refused = await careful.shows('it refuses it', ({ rejected }) => rejected !== null);
    expect(refused.rejected).toMatchObject({ revision: rewritten, why: 'not-forward' });
    expect([refused.applied, refused.healthy]).toEqual([first, false]);
    await host.run(['reconcile']);
    const later = await careful.shows('it was fetched again', ({ source }) => {
      return source?.fetchedAt !== refused.source?.fetchedAt;
    });
    expect(later.rejected?.at).toBe(refused.rejected?.at);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    expect(await careful.end()).toBe(0);

    const strict = await remote.watch();
    await strict.shows('it still refuses it', ({ rejected }) => rejected?.why === 'not-forward');
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    expect(await strict.end()).toBe(0);

    const free = await remote.watch('--allow-force');
    const { rejected } = await free.reaches(rewritten);
    expect(rejected).toBe(null);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1300);
  });
});
