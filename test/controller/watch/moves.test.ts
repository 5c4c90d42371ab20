import { expect, test } from 'vitest';
import type { SpecOf } from '../../../src/desired/documents.ts';
import { RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../../../src/model/mark.ts';
import type { FleetParts } from '../../run/fleet-files.ts';
import { guest } from '../../run/fleet-files.ts';
import { holdMacvtap, holdTap } from '../../run/holder.ts';
import { isUp, linkOf } from '../../run/kernel-links.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type WatchedHost, watchedHost } from './watched-host.ts';

type Networks = NonNullable<SpecOf<'Host'>['networks']>;

const pool: Networks = {
  red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0', maxGuests: 1 }] },
};
const bridge: Networks = { red: { type: 'bridge', bridge: 'br-red', manage: true } };
const ovs: Networks = { red: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev' } };

const fleet = (
  networks: Networks,
  place: Partial<SpecOf<'Guest'>>,
  more: Record<string, SpecOf<'Guest'>> = {},
): FleetParts => ({
  host: { networks },
  hosts: { b: { networks: bridge } },
  guests: { web: guest('red', {}, place), ...more },
});

const stateOf = (host: WatchedHost) => {
  const link = linkOf(host.links(), 'web-eth0');
  return [isUp(link), String(link.group)];
};

const becomes = (host: WatchedHost, up: boolean, group = 0) =>
  until(
    `web-eth0 is ${up ? 'up' : 'down'} with group ${group}`,
    () => {
      const link = host.links()['web-eth0'];
      return link !== undefined && isUp(link) === up && String(link.group) === String(group);
    },
    60,
  );

describeNeeding(['root', 'ovs'], 'a controller on the source of a move', () => {
  test.each([
    ['a macvtap', pool, holdMacvtap],
    ['a tap in a bridge', bridge, holdTap],
  ] as const)(
    'leaves %s down that was released, until git says where its guest is',
    async (_, networks, hold) => {
      const host = await watchedHost({ nics: ['p0'] });
      const first = host.commit(fleet(networks, {}));
      const watching = await host.watch();
      await watching.reaches(first);
      const holder = await hold(host, 'web-eth0');
      await host.ask('release', 'web');
      const status = await watching.shows('it sees it', ({ devices }) => devices[0]?.waits === 'released');
      expect(status).toMatchObject({ inSync: true, healthy: true, moves: [] });
      await host.ask('reconcile');
      expect(stateOf(host)).toEqual([false, String(RELEASED_GROUP)]);

      await watching.reaches(host.commit(fleet(networks, { migratingTo: 'b' })));
      await becomes(host, false, RELEASED_IN_MOVE_GROUP);
      expect((await watching.status()).moves).toEqual([
        { guest: 'web', role: 'source', peer: 'b', ready: true, why: null, released: true },
      ]);
      const text = await host.run(['status']);
      expect(text.stdout).toMatch(/web +has gone to b +ready/);

      // Taken back, and once more: the commit that ends the move removes it when nobody has it open.
      host.commit(fleet(networks, {}));
      await becomes(host, true);
      await watching.reaches(host.commit(fleet(networks, { migratingTo: 'b' })));
      await host.ask('release', 'web');
      host.commit(fleet(networks, { host: 'b' }));
      await watching.shows('it leaves', ({ waiting }) => waiting.some(({ why }) => why === 'leaving'));
      expect(stateOf(host)[0]).toBe(false);
      await holder.release();
      await host.gone('web-eth0');
      expect(await watching.end()).toBe(0);
    },
  );

  test.each([
    ['a macvtap', pool, holdMacvtap],
    ['a tap in a bridge', bridge, holdTap],
  ] as const)('sets %s down itself that is let go, as the last resort', async (_, networks, hold) => {
    const host = await watchedHost({ nics: ['p0'] });
    const first = host.commit(fleet(networks, {}));
    const watching = await host.watch();
    await watching.reaches(first);
    const holder = await hold(host, 'web-eth0');
    await watching.reaches(host.commit(fleet(networks, { migratingTo: 'b' })));
    expect((await watching.status()).moves).toMatchObject([{ role: 'source', ready: true, released: false }]);
    await holder.release();
    await becomes(host, false, RELEASED_IN_MOVE_GROUP);
    await watching.shows('it tells of it', ({ moves }) => moves[0]?.released === true);
    await watching.reaches(host.commit(fleet(networks, { host: 'b' })));
    await host.gone('web-eth0');
  });
});

describeNeeding(['root', 'ovs'], 'a controller on the destination', () => {
  test.each([
    ['a pool', pool],
    ['a bridge', bridge],
    ['Open vSwitch', ovs],
  ] as const)('says when %s is ready for a guest that git has migrating', async (_, networks) => {
    const host = await watchedHost({ nics: ['p0'], ovs: true });
    const first = host.commit(fleet(networks, { host: 'b' }));
    const controller = await host.watch();
    await controller.reaches(first);
    expect((await controller.status()).moves).toEqual([]);
    await controller.reaches(host.commit(fleet(networks, { host: 'b', migratingTo: 'a' })));
    const { moves } = await controller.shows('it is ready', (status) => status.moves[0]?.ready === true);
    expect(moves).toEqual([
      { guest: 'web', role: 'destination', peer: 'b', ready: true, why: null, released: false },
    ]);
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(true);
  });

  test('says why it is not ready', async () => {
    const host = await watchedHost({ nics: ['p0'] });
    host.ns.ip('link add link p0 name theirs type macvtap mode bridge\n');
    const { host: a, ...rest } = fleet(pool, { host: 'b', migratingTo: 'a' });
    host.commit({ ...rest, host: { ...a, devices: { p0: { maxGuests: 1 } } } });
    const watching = await host.watch();
    const { moves } = await watching.shows('it knows', (status) => status.moves.length > 0);
    expect(moves).toMatchObject([
      { ready: false, why: expect.stringContaining('no device of the pool of red') },
    ]);
  });
});

describeNeeding(['root'], 'a claim by a controller', () => {
  test('is answered when the devices are ready, kept over a kill, and ended by release and by its time', async () => {
    const host = await watchedHost({ nics: ['p0'] });
    const first = host.commit(fleet(pool, { host: 'b' }));
    const watching = await host.watch();
    await watching.reaches(first);
    const claimed = await host.ask('claim', 'web');
    expect(claimed.stdout).toContain('web is claimed here until');
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(true);
    const status = await watching.status();
    expect(status).toMatchObject({ inSync: true, healthy: true });
    expect(status.claims).toMatchObject([{ guest: 'web', ready: true, why: null }]);
    expect((await host.run(['status'])).stdout).toMatch(/web +claimed for another .* ready/);
    expect(await watching.end('SIGKILL')).toBeNull();
    const again = await host.watch();
    await again.reaches(first);
    expect((await again.status()).claims).toMatchObject([{ guest: 'web', ready: true }]);
    await host.ask('release', 'web');
    await host.gone('web-eth0');

    await host.ask('claim', 'web', '--for', '2s');
    await host.gone('web-eth0');
    expect((await again.status()).claims).toEqual([]);

    // Git says so at last.
    await host.ask('claim', 'web');
    await again.reaches(host.commit(fleet(pool, {})));
    await again.shows('git has overtaken it', ({ claims }) => claims.length === 0);
    expect(isUp(linkOf(host.links(), 'web-eth0'))).toBe(true);
  });

  test('is refused when the pool is full, and for a guest that nobody knows', async () => {
    const host = await watchedHost({ nics: ['p0'] });
    const first = host.commit(fleet(pool, { host: 'b' }, { here: guest('red') }));
    const watching = await host.watch();
    await watching.reaches(first);
    const full = await host.run(['claim', 'web']);
    expect([full.status, full.stdout]).toEqual([1, '']);
    expect(full.stderr).toContain('no device of the pool of red can take it here');
    const unknown = await host.run(['claim', 'nobody']);
    expect([unknown.status, unknown.stderr.includes('know no guest nobody')]).toEqual([1, true]);
    const status = await watching.shows('it is as before', ({ inSync }) => inSync);
    expect(status).toMatchObject({ healthy: true, claims: [], problems: [] });
    expect(host.links()['web-eth0']).toBeUndefined();
  });
});

describeNeeding(['root'], 'a controller of a standby host', () => {
  test.each([
    ['a macvtap', pool, holdMacvtap],
    ['a tap', bridge, holdTap],
  ] as const)('raises %s when it is opened or claimed, and lets it wait again', async (_, networks, hold) => {
    const host = await watchedHost({ nics: ['p0'] });
    const first = host.commit(fleet(networks, { host: 'b', standby: ['a'] }));
    const watching = await host.watch();
    await watching.reaches(first);
    expect(stateOf(host)).toEqual([false, '0']);
    expect((await watching.status()).devices).toMatchObject([{ waits: 'standby', network: 'red' }]);
    const holder = await hold(host, 'web-eth0');
    await becomes(host, true);
    await holder.release();
    await becomes(host, false);
    await host.ask('claim', 'web');
    expect(stateOf(host)).toEqual([true, '0']);
    await host.ask('release', 'web');
    await becomes(host, false);
  });
});
