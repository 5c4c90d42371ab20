import { expect, test } from 'vitest';
import { guests } from '../../run/fleet-files.ts';
import { isUp, linkOf } from '../../run/kernel-links.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
/** Sets a device down whenever it is up. */
const FIGHT = 'while :; do ip link set dev g0-eth0 down; sleep 0.1; done';

describeNeeding(['root'], 'somebody keeps undoing a change', () => {
  test('that resource is left alone for a while, and all others are repaired', async () => {
    const host = await watchedHost();
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 3, 's') });
    const watching = await host.watch();
    await watching.reaches(commit);
    const other = host.ns.start('sh', '-c', FIGHT);
    const status = await watching.shows('it gives way', ({ contended }) => contended.length > 0);
    expect(status.contended).toEqual([expect.objectContaining({ id: 'link:g0-eth0' })]);
    await watching.shows('it is told', ({ waiting }) => waiting.some(({ why }) => why === 'contended'));
    await host.stands('g1-eth0', removeLink(host, 'g1-eth0'));
    expect(isUp(linkOf(host.links(), 'g0-eth0'))).toBe(false);
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;

    // Another wish is another matter.
    const moved = host.commit({
      host: { networks: { s } },
      networks: { s: { mtu: 1400 } },
      guests: guests('g', 3, 's'),
    });
    await until('it is up and as it is wanted', () => {
      const link = linkOf(host.links(), 'g0-eth0');
      return isUp(link) && link.mtu === 1400;
    });
    await watching.reaches(moved);
  });
});
