import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { reach, startController } from './controllers.ts';
import { pool } from './devices.ts';
import { buildGuestImage } from './guest-image.ts';
import { startConversation, startPings } from './listeners.ts';
import { booted, commandLine, startGuest } from './qemu-guest.ts';
import { BESIDE1, makeSite, WEB1 } from './site.ts';
import { type Cost, moveGuest, type Trial } from './trial.ts';

/** Between unlike hosts; and between equal ones, back to where the next begins. */
const MOVES = [
  ['a', 'b', 'unlike'],
  ['b', 'd', 'equal'],
  ['d', 'b', 'equal'],
  ['b', 'c', 'unlike'],
  ['c', 'a', 'unlike'],
] as const;

describeNeeding(['root', 'ovs', 'guests', 'dhcp'], 'a guest of QEMU moves live between unlike hosts', () => {
  const cleanUps: (() => void | Promise<void>)[] = [];
  let trial: Trial;
  /** Of each move, one for each time that it was made. */
  const costs: Record<string, Cost[]> = {};
  const move = async (from: string, to: string) => {
    costs[`${from} to ${to}`] = [...(costs[`${from} to ${to}`] ?? []), await moveGuest(trial, from, to)];
  };

  beforeAll(async () => {
    const site = await makeSite({
      hosts: { a: 'macvtap pool', b: 'bridge', c: 'openvswitch', d: 'bridge' },
      // With db1, which never starts, beside1 and web1 come to be on one NIC: each goes to that with the fewest.
      guests: { beside1: { host: 'a' }, db1: { host: 'a' }, web1: { host: 'a' } },
      finished: (cleanUp) => void cleanUps.push(cleanUp),
    });
    const controllers = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [name, startController(site, site.host(name))]),
    );
    await reach(Object.values(controllers), site.git('rev-parse', 'HEAD'));
    const image = buildGuestImage(site.directory);
    const words = commandLine({ name: 'web1', image, address: WEB1 });
    const others = commandLine({ name: 'beside1', image, address: BESIDE1, peer: WEB1 });
    const a = site.host('a');
    const [web1, beside1] = await Promise.all([
      startGuest(site, a, 'web1', words, null),
      startGuest(site, a, 'beside1', others, null),
    ]);
    await Promise.all([booted(web1), booted(beside1)]);
    const pings = await startPings(site.client, WEB1);
    const conversation = await startConversation(site.client, WEB1);
    trial = { site, controllers, words, web1, beside1, pings, conversation };
  }, 120_000);

  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  it('has its place in the pool at first', () => {
    expect(pool(trial.site.host('a'))).toEqual({ eth1: ['beside1-eth0', 'web1-eth0'], eth2: ['db1-eth0'] });
  });

  it.each(MOVES)('moves from %s to %s', (from, to) => move(from, to));

  it('is back in the pool, with nothing of its definition changed', async () => {
    expect(pool(trial.site.host('a'))).toEqual({ eth1: ['beside1-eth0', 'web1-eth0'], eth2: ['db1-eth0'] });
    const first = trial.site.git('rev-list', '--max-parents=0', 'HEAD');
    expect(trial.site.git('log', '--format=', '--name-only', `${first}..HEAD`).split('\n')).toEqual(
      MOVES.flatMap(() => Array(2).fill('desired/placements/web1.yaml')),
    );
    await trial.conversation.goesOn();
  });

  // Whatever else the machine does makes a gap longer, never shorter: so of each move the best counts, and when one
  // looks too long all are made again.
  it('is out of reach at most twice as long as between equal hosts', { timeout: 120_000 }, async () => {
    for (let round = 1; tooLong(costs).length > 0 && round < 3; round++) {
      for (const [from, to] of MOVES) await move(from, to);
    }
    expect(tooLong(costs)).toEqual([]);
  });
});

/** In words, which moves took longer than they may. */
function tooLong(costs: Readonly<Record<string, readonly Cost[]>>): string[] {
  const best = (from: string, to: string, of: keyof Cost) =>
    Math.min(...(costs[`${from} to ${to}`] ?? []).map((cost) => cost[of]));
  const equal = Math.max(
    ...MOVES.flatMap(([from, to, hosts]) => (hosts === 'equal' ? [best(from, to, 'gap')] : [])),
  );
  return MOVES.flatMap(([from, to, hosts]) => {
    const [gap, neighbour] = [best(from, to, 'gap'), best(from, to, 'neighbour')];
    const words: string[] = [];
    if (hosts === 'unlike' && gap > 2 * equal)
      words.push(`${from} to ${to}: gap ${gap} ms, ${equal} between equal hosts`);
    if (neighbour > 1000) words.push(`${from} to ${to}: the guest beside it waited ${neighbour} ms`);
    return words;
  });
}
