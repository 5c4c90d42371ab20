import { expect, test } from 'vitest';
import { guest, guests } from '../../run/fleet-files.ts';
import { holdMacvtap } from '../../run/holder.ts';
import { ours } from '../../run/kernel-host.ts';
import { isOurs } from '../../run/kernel-links.ts';
import { ovsPort } from '../../run/ovs-rows.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { childrenOf, removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
/** A group that nothing else has. */
const ALL = 987_654;

describeNeeding(['root'], 'drift is repaired', () => {
  test('by what the kernel tells, by SIGHUP and by a request', async () => {
    const host = await watchedHost();
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 3, 's') });
    const watching = await host.watch();
    await watching.reaches(commit);
    await host.stands('g0-eth0', removeLink(host, 'g0-eth0'));
    const told = await watching.shows('a run of the event', ({ runs }) =>
      runs.some(({ triggers }) => triggers.includes('links')),
    );
    expect(told.applied).toBe(commit);

    // Whoever watches the links is halted, so that nothing but what is asked starts a run.
    const monitor = childrenOf(watching.pid).find(({ words }) => words.includes('monitor'));
    if (monitor === undefined) throw new Error('nobody watches the links');
    process.kill(monitor.pid, 'SIGSTOP');
    const words = async () => (await watching.status()).runs.flatMap((run) => run.triggers);
    // A late word of git may be quicker, once or twice.
    for (let tries = 0; tries < 5 && !(await words()).includes('signal'); tries++) {
      const index = removeLink(host, 'g1-eth0');
      process.kill(watching.pid, 'SIGHUP');
      await host.stands('g1-eth0', index);
    }
    for (let tries = 0; tries < 5 && !(await words()).includes('request'); tries++) {
      const index = removeLink(host, 'g2-eth0');
      await host.ask('reconcile');
      await host.stands('g2-eth0', index);
    }
    expect(await words()).toEqual(expect.arrayContaining(['start', 'links', 'signal', 'request']));
  });

  test('a device that git has removed goes when its guest dies', async () => {
    const host = await watchedHost({ nics: ['p0'] });
    const red = { type: 'direct' as const, mode: 'vepa' as const, pool: [{ device: 'p0' }] };
    const first = host.commit({ host: { networks: { red } }, guests: guests('g', 2, 'red') });
    const watching = await host.watch();
    await watching.reaches(first);
    const holder = await holdMacvtap(host, 'g0-eth0');
    const commit = host.commit({ host: { networks: { red } }, guests: { g1: guest('red') } });
    const status = await watching.shows('the guest is leaving', ({ applied, waiting }) => {
      return applied === commit && waiting.some(({ why }) => why === 'leaving');
    });
    expect(status.waiting).toEqual([expect.objectContaining({ id: 'link:g0-eth0', guests: ['g0'] })]);
    expect(ours(host)).toEqual(['g0-eth0', 'g1-eth0']);
    await holder.release();
    await host.gone('g0-eth0');
    await watching.shows('nothing waits', ({ waiting, inSync }) => inSync && waiting.length === 0);
  });

  test('1,000 links that are deleted at once are back after few runs', async () => {
    const host = await watchedHost();
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 1000, 's') });
    const watching = await host.watch();
    const before = (await watching.reaches(commit)).runs.length;
    const taps = ours(host).filter((name) => name !== 'br-s');
    expect(taps).toHaveLength(1000);
    host.ns.ip(taps.map((name) => `link set dev ${name} group ${ALL}\n`).join(''));
    host.ns.ip(`link delete group ${ALL}\n`);
    const names = () => host.ns.exec('ls', '/sys/class/net').trim().split('\n');
    await until('all are back', () => names().length === 1002, 40);
    await host.ask('reconcile');
    const { runs } = await watching.shows('it is in sync', ({ inSync }) => inSync);
    expect(Object.values(host.links()).filter((link) => isOurs(link) && link.master)).toHaveLength(1000);
    expect(runs.length - before).toBeLessThanOrEqual(4);
  });
});

describeNeeding(['root', 'ovs'], 'drift of Open vSwitch is repaired', () => {
  test('a port that is removed from the database', async () => {
    const host = await watchedHost({ ovs: true });
    const o = { type: 'openvswitch', bridge: 'ovsbr0', manage: true, datapath: 'netdev' } as const;
    const commit = host.commit({ host: { networks: { o } }, guests: guests('g', 2, 'o') });
    const watching = await host.watch();
    await watching.reaches(commit);
    host.ovs?.vsctl('del-port', 'ovsbr0', 'g0-eth0');
    await until(
      'the port is back',
      () => host.ovs?.vsctl('list-ports', 'ovsbr0').includes('g0-eth0') ?? false,
      30,
    );
    await watching.shows('a run of the event', ({ inSync, runs }) => {
      return inSync && runs.some(({ triggers }) => triggers.includes('ovs'));
    });
    expect(ovsPort(host, 'g0-eth0')).toBeDefined();
  });
});
