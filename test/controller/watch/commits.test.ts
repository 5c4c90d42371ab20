import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guest } from '../../run/fleet-files.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { writeFiles } from '../../support/desired-directory.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

function wanting(mtu: number, ...names: string[]) {
  return {
    host: { networks: { s } },
    networks: { s: { mtu } },
    guests: Object.fromEntries(names.map((name) => [name, guest('s')])),
  };
}

describeNeeding(['root'], 'the desired state reaches the host', () => {
  test('by a commit, never by a file that is only saved', async () => {
    const host = await watchedHost();
    const first = host.commit(wanting(1400, 'web'));
    const watching = await host.watch();
    await watching.reaches(first);
    await host.stands('web-eth0');

    host.want(wanting(1300, 'web', 'db'));
    writeFileSync(join(host.desired, 'half-saved.yaml'), 'kind: [');
    await host.ask('reconcile');
    const status = await watching.status();
    expect([status.applied, status.inSync, status.rejected]).toEqual([first, true, null]);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    expect(host.links()['db-eth0']).toBeUndefined();

    const second = host.commit(wanting(1300, 'web', 'db'));
    const { runs } = await watching.reaches(second);
    expect(runs.find(({ revision }) => revision === second)?.triggers).toContain('desired');
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1300);
    await host.stands('db-eth0');
  });

  test('with packed refs, after git gc, and from another branch that is checked out', async () => {
    const host = await watchedHost();
    const first = host.commit(wanting(1400, 'web'));
    host.git('pack-refs', '--all', '--prune');
    const watching = await host.watch();
    await watching.reaches(first);
    const second = host.commit(wanting(1300, 'web'));
    await watching.reaches(second);
    host.git('gc', '--quiet', '--prune=now');
    const third = host.commit(wanting(1200, 'web'));
    await watching.reaches(third);
    host.git('switch', '--quiet', '--create', 'other', first);
    const { runs } = await watching.reaches(first);
    const told = runs.filter(({ triggers }) => triggers.includes('desired')).map(({ revision }) => revision);
    expect(told.sort()).toEqual([first, second, third].sort());
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    expect(watching.log()).not.toContain('a bug');
  });

  test('as files are saved with --worktree', async () => {
    const host = await watchedHost();
    host.want(wanting(1400, 'web'));
    const watching = await host.watch('--worktree');
    await host.stands('web-eth0');
    const text = { 'networks/s.yaml': JSON.stringify({ apiVersion: 'plumbline/v1', kind: 'Network' }) };
    writeFiles(host.desired, text);
    await watching.shows('it refuses half a document', ({ rejected }) => rejected?.why === 'invalid');
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    host.want(wanting(1300, 'web', 'db'));
    await host.stands('db-eth0');
    await until('the MTU is the new one', () => linkOf(host.links(), 'web-eth0').mtu === 1300);
    await watching.shows('it takes up the whole', ({ rejected, inSync }) => rejected === null && inSync);
  });
});
