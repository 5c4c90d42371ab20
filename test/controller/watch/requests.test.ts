import { expect, test } from 'vitest';
import { guest, guests } from '../../run/fleet-files.ts';
import { holdTap } from '../../run/holder.ts';
import { ours } from '../../run/kernel-host.ts';
import { indexes } from '../../run/kernel-links.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

describeNeeding(['root'], 'what people ask of a controller', () => {
  test('a paused guest is left as it is, over a restart, until it is resumed', async () => {
    const host = await watchedHost();
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 2, 's') });
    const first = await host.watch();
    await first.reaches(commit);
    await host.ask('pause', 'g0', '--reason', 'a look at it');
    removeLink(host, 'g0-eth0');
    await host.stands('g1-eth0', removeLink(host, 'g1-eth0'));
    const shown = await first.shows('the guest waits', ({ waiting }) => waiting.length > 0);
    expect(shown.waiting).toEqual([expect.objectContaining({ guests: ['g0'], why: 'paused' })]);
    expect(shown.paused).toEqual([expect.objectContaining({ guest: 'g0', reason: 'a look at it' })]);
    expect(ours(host)).not.toContain('g0-eth0');
    expect(await first.end()).toBe(0);

    const index = removeLink(host, 'g1-eth0');
    const second = await host.watch();
    await host.stands('g1-eth0', index);
    await host.run(['reconcile']);
    expect(ours(host)).not.toContain('g0-eth0');
    await host.ask('resume', 'g0');
    await host.stands('g0-eth0');
    const { paused } = await second.reaches(commit);
    expect(paused).toEqual([]);
  });

  test('a paused host is only watched, over a restart, and others may change it', async () => {
    const host = await watchedHost();
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 2, 's') });
    const first = await host.watch();
    await first.reaches(commit);
    expect((await host.run(['apply', host.desired, '--host', 'a'])).status).toBe(75);
    await host.ask('pause', '--for', '2h');
    removeLink(host, 'g0-eth0');
    await host.run(['reconcile']);
    await first.shows('drift is seen', ({ inSync }) => !inSync);
    expect(ours(host)).not.toContain('g0-eth0');
    expect(await first.end()).toBe(0);

    const second = await host.watch();
    await second.shows('drift is seen', ({ inSync, paused }) => !inSync && paused.length === 1);
    await host.run(['reconcile']);
    expect(ours(host)).not.toContain('g0-eth0');
    const later = host.commit({ host: { networks: { s } }, guests: guests('g', 3, 's') });
    const seen = await second.shows('a commit is seen', ({ source, headline }) => {
      return source?.seen === later && headline.includes('2 changes');
    });
    expect(seen.applied).toBe(commit);
    await host.converge();
    expect(ours(host)).toContain('g0-eth0');

    const { ifindex } = host.links()['g1-eth0'] ?? { ifindex: 0 };
    host.ns.ip('link delete dev g1-eth0\n');
    await host.ask('resume');
    await host.stands('g1-eth0', ifindex);
    await second.reaches(later);
    expect((await host.run(['apply', host.desired, '--host', 'a'])).status).toBe(75);
  });

  test('a slip in git waits for an approval, which is for that plan only', async () => {
    const host = await watchedHost();
    const network = { host: { networks: { s } } };
    const full = host.commit({ ...network, guests: guests('g', 14, 's') });
    const watching = await host.watch();
    await watching.reaches(full);

    host.commit({ ...network, guests: guests('g', 2, 's') });
    const held = await watching.shows('it is held', ({ approvable }) => approvable !== null);
    expect(ours(host)).toHaveLength(15);
    expect(held.applied).toBe(full);
    expect(new Set(held.waiting.map(({ why }) => why))).toEqual(new Set(['guard']));
    const wrong = await host.run(['approve', '0123456789abcdef']);
    expect(wrong.status).toBe(1);
    expect(ours(host)).toHaveLength(15);

    const other = host.commit({ ...network, guests: guests('g', 1, 's') });
    const again = await watching.shows('another plan is held', ({ source, approvable }) => {
      return source?.seen === other && approvable !== null && approvable !== held.approvable;
    });
    expect((await host.run(['approve', held.approvable ?? ''])).status).toBe(1);
    expect(ours(host)).toHaveLength(15);
    await host.ask('approve', again.approvable ?? '');
    await watching.reaches(other);
    expect(ours(host)).toEqual(['br-s', 'g0-eth0']);
  });

  test('a pause ends by itself', async () => {
    const host = await watchedHost();
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 1, 's') });
    const watching = await host.watch();
    await watching.reaches(commit);
    await host.ask('pause', '--for', '3s');
    const index = removeLink(host, 'g0-eth0');
    await watching.shows('drift is seen', ({ inSync, paused }) => !inSync && paused.length === 1);
    await host.stands('g0-eth0', index);
    const { paused } = await watching.reaches(commit);
    expect(paused).toEqual([]);
  });

  test("a running guest's new device waits for an approval", async () => {
    const host = await watchedHost();
    const wanting = (queues: number) => ({
      host: { networks: { s } },
      guests: { web: guest('s', { queues }), db: guest('s') },
    });
    const watching = await host.watch();
    await watching.reaches(host.commit(wanting(1)));
    const before = indexes(host.links());
    await holdTap(host, 'web-eth0');
    const commit = host.commit(wanting(2));
    const { approvable, waiting } = await watching.shows('it waits', (status) => {
      return status.applied === commit && status.approvable !== null;
    });
    expect(waiting).toEqual([expect.objectContaining({ id: 'link:web-eth0', why: 'held' })]);
    expect(indexes(host.links())).toEqual(before);
    await host.ask('approve', approvable?.slice(0, 12) ?? '');
    await watching.reaches(commit);
    expect(indexes(host.links())).toEqual({ ...before, 'web-eth0': expect.any(Number) });
    expect(indexes(host.links())['web-eth0']).not.toBe(before['web-eth0']);
  });
});
