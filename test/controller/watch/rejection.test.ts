import { expect, test } from 'vitest';
import { guest } from '../../run/fleet-files.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { document } from '../../support/desired-directory.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

function wanting(mtu: number) {
  return { host: { networks: { s } }, networks: { s: { mtu } }, guests: { web: guest('s') } };
}

/** A guest in a network that nobody declares, on this host or another. */
const lost = (host: string) => ({
  'hosts/b.yaml': document('Host', 'b', '{ networks: { s: { type: bridge, bridge: br-s, manage: true } } }'),
  'guests/lost.yaml': document(
    'Guest',
    'lost',
    `{ host: ${host}, interfaces: [{ name: eth0, network: nowhere }] }`,
  ),
});

describeNeeding(['root'], 'a bad revision harms nobody', () => {
  test('for this host: the last good one stays, over a restart too, until a good one comes', async () => {
    const host = await watchedHost();
    const good = host.commit(wanting(1400));
    const first = await host.watch();
    await first.reaches(good);

    const bad = host.commit(wanting(1300), lost('a'));
    const rejected = await first.shows('it refuses it', (status) => status.rejected !== null);
    expect([rejected.rejected?.revision, rejected.rejected?.why]).toEqual([bad, 'invalid']);
    expect(rejected.rejected?.problems.map(({ source }) => source?.file)).toContain('guests/lost.yaml');
    expect([rejected.healthy, rejected.applied, rejected.source?.seen]).toEqual([false, good, bad]);
    expect((await host.run(['status'])).status).toBe(1);
    expect(first.log()).toContain('guests/lost.yaml');
    await host.stands('web-eth0', removeLink(host, 'web-eth0'));
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    expect(await first.end()).toBe(0);

    const index = removeLink(host, 'web-eth0');
    const second = await host.watch();
    await host.stands('web-eth0', index);
    const after = await second.shows('it refuses it again', (status) => status.rejected !== null);
    expect(after.rejected?.revision).toBe(bad);
    await second.reaches(good);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);

    const fixed = host.commit(wanting(1300));
    const healed = await second.reaches(fixed);
    expect([healed.rejected, healed.healthy]).toEqual([null, true]);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1300);
  });

  test('a file that nobody can read may be about this host', async () => {
    const host = await watchedHost();
    const good = host.commit(wanting(1400));
    const watching = await host.watch();
    await watching.reaches(good);
    const bad = host.commit(wanting(1300), { 'notes.yaml': 'kind: [' });
    const { rejected } = await watching.shows('it refuses it', (status) => status.rejected !== null);
    expect(rejected).toMatchObject({ revision: bad, why: 'invalid' });
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
  });

  test('for another host only: it is shown, and this one goes on', async () => {
    const host = await watchedHost();
    const watching = await host.watch();
    const commit = host.commit(wanting(1400), lost('b'));
    const status = await watching.reaches(commit);
    expect(status.rejected).toBe(null);
    expect(status.problems.map(({ source }) => source?.file)).toContain('guests/lost.yaml');
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
  });

  test('without a documents folder, or without this host, nothing is removed', async () => {
    const host = await watchedHost();
    const good = host.commit(wanting(1400));
    const watching = await host.watch();
    await watching.reaches(good);
    host.git('rm', '-r', '--quiet', 'desired');
    host.git('commit', '--quiet', '--message=a slip');
    const empty = host.git('rev-parse', 'HEAD');
    await watching.shows('it refuses nothing at all', ({ rejected }) => rejected?.revision === empty);
    const strange = host.commit(wanting(1400), { 'hosts/a.yaml': document('Host', 'z', '{}') });
    await watching.shows('it refuses another host', ({ rejected }) => rejected?.revision === strange);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
  });
});
