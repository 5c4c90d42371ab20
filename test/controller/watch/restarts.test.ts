import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guests } from '../../run/fleet-files.ts';
import { holdTap } from '../../run/holder.ts';
import { isOurs, linkOf } from '../../run/kernel-links.ts';
import { scratch, writeFiles } from '../../support/desired-directory.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { childrenOf, removeLink, type WatchedHost, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
/** A run of this size takes long enough to be met in its middle. */
const ENOUGH = 600;
/** A run of this size takes longer than the controller may take to end. */
const MANY = 1500;

const wanting = (count: number) => ({ host: { networks: { s } }, guests: guests('g', count, 's') });

/** On two bridges, for one takes 1,023 ports (BR_MAX_PORTS of net/bridge/br_private.h). */
const wantingMany = (count: number) => ({
  host: { networks: { s, t: { ...s, bridge: 'br-t' } } },
  guests: { ...guests('s', count / 2, 's'), ...guests('t', count / 2, 't') },
});

/** Waits until a run has made some devices and not all. */
async function inTheMiddle(host: WatchedHost): Promise<void> {
  const standing = () => host.ns.exec('ls', '/sys/class/net').trim().split('\n').length;
  await until('some devices stand', () => standing() > 20, 30);
}

function publishedNames(host: WatchedHost): string[] {
  const links = Object.values(host.links()).filter((link) => isOurs(link) && link.master !== undefined);
  return links.map((link) => link.ifname);
}

describeNeeding(['root'], 'a controller comes and goes', () => {
  test('a second one is refused, and the first goes on', async () => {
    const host = await watchedHost();
    const commit = host.commit(wanting(1));
    const watching = await host.watch();
    await watching.reaches(commit);
    const second = await host.run(['watch', host.desired, '--host', 'a']);
    expect([second.status, second.signal]).toEqual([75, null]);
    expect(second.stderr).toContain(String(watching.pid));
    await host.stands('g0-eth0', removeLink(host, 'g0-eth0'));
  });

  test('killed in the middle of a big run, the next one converges and leaves nothing over', async () => {
    const host = await watchedHost();
    const commit = host.commit(wantingMany(ENOUGH));
    const first = await host.watch();
    await inTheMiddle(host);
    expect(await first.end('SIGKILL')).toBe(null);
    expect(publishedNames(host).length).toBeLessThan(ENOUGH);
    const second = await host.watch();
    await second.reaches(commit);
    expect(publishedNames(host)).toHaveLength(ENOUGH);
    expect(Object.keys(host.links())).toHaveLength(ENOUGH + 3);
  });

  test('what came while none was here stands, and is not removed first by what was good before', async () => {
    const host = await watchedHost();
    const first = host.commit(wanting(1));
    const before = await host.watch();
    await before.reaches(first);
    expect(await before.end()).toBe(0);
    const second = host.commit(wanting(2));
    await host.ask('apply', host.desired, '--host', 'a');
    const { ifindex } = linkOf(host.links(), 'g1-eth0');
    // With a git that takes its time, the first event of the host is there before the documents are.
    const slow = scratch();
    const git = host.ns.exec('which', 'git').trim();
    writeFiles(slow, { git: `#!/bin/sh\nsleep 0.5\nexec ${git} "$@"\n` });
    chmodSync(join(slow, 'git'), 0o755);
    const now = await host.watchThrough(['env', `PATH=${slow}:${process.env.PATH}`], host.desired);
    await now.reaches(second);
    expect(linkOf(host.links(), 'g1-eth0').ifindex).toBe(ifindex);
  });

  test('told to end in the middle of a big run, it ends soon, and the next one goes on', async () => {
    const host = await watchedHost();
    const commit = host.commit(wantingMany(MANY));
    const first = await host.watch();
    await inTheMiddle(host);
    let status: number | null | undefined;
    void first.end().then((code) => {
      status = code;
    });
    // Two seconds are promised; how many they are on a busy machine, nobody knows.
    await until('it has ended', () => status !== undefined, 30);
    expect(status).toBe(0);
    const second = await host.watch();
    await second.reaches(commit);
    expect(publishedNames(host)).toHaveLength(MANY);
  });

  test('told to end, it leaves guests and their devices alone', async () => {
    const host = await watchedHost();
    const commit = host.commit(wanting(2));
    const watching = await host.watch();
    await watching.reaches(commit);
    const holder = await holdTap(host, 'g0-eth0');
    const before = host.links();
    expect(await watching.end()).toBe(0);
    expect(Object.keys(host.links())).toEqual(Object.keys(before));
    expect(readFileSync(`/proc/${holder.pid}/status`, 'utf8')).toMatch(/^State:\tS/m);
    expect(host.links()['g0-eth0']?.ifindex).toBe(before['g0-eth0']?.ifindex);
  });

  test('whoever watches the links is killed, and watched they are', async () => {
    const host = await watchedHost();
    const commit = host.commit(wanting(2));
    const watching = await host.watch();
    await watching.reaches(commit);
    const monitor = () => childrenOf(watching.pid).find(({ words }) => words.includes('monitor'))?.pid;
    await until('somebody watches the links', () => monitor() !== undefined);
    const killed = monitor() ?? 0;
    process.kill(killed, 'SIGKILL');
    await until('another one watches them', () => ![undefined, killed].includes(monitor()));
    await host.stands('g0-eth0', removeLink(host, 'g0-eth0'));
    await watching.shows('a run of the event', ({ runs }) =>
      runs.some(({ triggers }) => triggers.includes('links')),
    );
  });
});
