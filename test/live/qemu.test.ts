import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { type Controller, reach, startController } from './controllers.ts';
import { type Plugged, pluggedIn, pool } from './devices.ts';
import { buildGuestImage } from './guest-image.ts';
import { type Conversation, type Pings, startConversation, startPings } from './listeners.ts';
import { booted, commandLine, type RunningGuest, startGuest } from './qemu-guest.ts';
import { BESIDE1, makeSite, type Site, WEB1 } from './site.ts';

describeNeeding(['root', 'ovs', 'guests', 'dhcp'], 'a guest moves live between unlike hosts', () => {
  const cleanUps: (() => void | Promise<void>)[] = [];
  let site: Site;
  let controllers: Record<string, Controller>;
  let web1: RunningGuest;
  let beside: RunningGuest;
  let words: readonly string[];
  let pings: Pings;
  let conversation: Conversation;
  const gaps: Record<string, number> = {};

  beforeAll(async () => {
    const t0 = Date.now();
    const lap = (what: string) => console.log(what, Date.now() - t0);
    site = await makeSite({
      hosts: { a: 'macvtap pool', b: 'bridge', c: 'openvswitch', d: 'bridge' },
      // So that beside1 and web1 are on one NIC: a new guest goes to the NIC with the fewest.
      guests: { beside1: { host: 'a' }, db1: { host: 'a' }, web1: { host: 'a' } },
      finished: (cleanUp) => void cleanUps.push(cleanUp),
    });
    lap('site');
    const image = buildGuestImage(site.directory);
    controllers = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [name, startController(site, site.host(name))]),
    );
    await reach(Object.values(controllers), site.git('rev-parse', 'HEAD'));
    lap('reached');
    words = commandLine({ name: 'web1', image, address: WEB1 });
    const neighbour = commandLine({ name: 'beside1', image, address: BESIDE1, peer: WEB1 });
    const a = site.host('a');
    [web1, beside] = await Promise.all([
      startGuest(site, a, words, 'web1', null),
      startGuest(site, a, neighbour, 'beside1', null),
    ]);
    lap('started');
    await Promise.all([booted(web1), booted(beside)]);
    lap('booted');
    pings = await startPings(site.client, WEB1);
    conversation = await startConversation(site.client, WEB1);
    lap('talk');
  });

  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  it('starts on its pool', () => {
    expect(pool(site.host('a'))).toEqual({ eth1: ['beside1-eth0', 'web1-eth0'], eth2: ['db1-eth0'] });
  });

  it.each([
    ['a', 'b'],
    ['b', 'd'],
    ['d', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ])('moves from %s to %s', async (from, to) => {
    const t0 = Date.now();
    const lap = (what: string) => console.log(what, Date.now() - t0);
    const both = [from, to].map((name) => controllers[name]).filter((one) => one !== undefined);
    await reach(both, site.place('web1', { host: from, migratingTo: to }));
    lap('reached');
    expect(pluggedIn(site.host(from), 'web1')).toEqual({ ...plugOf(site, from), up: true });
    expect(pluggedIn(site.host(to), 'web1')).toEqual({ ...plugOf(site, to), up: true });

    const socket = `unix:${site.directory}/move`;
    const source = web1;
    const destination = await startGuest(site, site.host(to), words, 'web1', socket);
    lap('started');
    await source.qmp.do('migrate-set-capabilities', {
      capabilities: [{ capability: 'events', state: true }],
    });
    const spoken = conversation.words();
    const begin = Date.now();
    await source.qmp.do('migrate', { uri: socket });
    const resumed = await destination.qmp.told('it runs', ({ event }) => event === 'RESUME');
    await source.qmp.told(
      'migrated',
      ({ event, data }) => event === 'MIGRATION' && data['status'] === 'completed',
    );
    lap('migrated');
    const status = await source.qmp.do('query-migrate');
    await until('it answers again', () => pings.answers.some((at) => at > resumed.at + 500));
    const gap = pings.longestGap(begin, resumed.at + 500);
    gaps[`${from}${to}`] = gap;
    const seen = beside.console.find(({ at, line }) => at > resumed.at && line.includes(`from ${WEB1}`));
    console.log(
      from,
      to,
      'gap',
      gap.toFixed(0),
      'downtime',
      status['downtime'],
      'total',
      status['total-time'],
      'neighbour',
      seen && seen.at - resumed.at,
    );
    expect(conversation.lives()).toBe(true);
    await until('they talk on', () => conversation.words() > spoken + 10);

    expect(pluggedIn(site.host(from), 'web1')).toEqual({ ...plugOf(site, from), up: false });
    await source.quit();
    web1 = destination;
    await reach(both, site.place('web1', { host: to }));
    expect(pluggedIn(site.host(from), 'web1')).toBeNull();
    expect(pluggedIn(site.host(to), 'web1')).toEqual({ ...plugOf(site, to), up: true });
    lap('done');
  });
});

function plugOf(site: Site, name: string): Pick<Plugged, 'into'> {
  const into = { 'macvtap pool': 'eth1', bridge: 'br-red', openvswitch: 'ovs-red' };
  return { into: into[site.host(name).realisation] };
}
