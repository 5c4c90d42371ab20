import { once } from 'node:events';
import { expect, test } from 'vitest';
import { BUILDING_GROUP, isDeletionGroup } from '../../src/model/mark.ts';
import { describeNeeding } from '../support/requires.ts';
import type { FleetParts } from './fleet-files.ts';
import { guest, guests } from './fleet-files.ts';
import { wrapIp } from './ip-wrapper.ts';
import { type KernelHost, kernelHost } from './kernel-host.ts';
import { isOurs, type KernelLink } from './kernel-links.ts';

type Network = NonNullable<FleetParts['host']['networks']>[string];

/** Two states of a host. The way from each to the other makes, changes, replaces and removes links of every kind. */
function twoFleets(withOvs: boolean): [FleetParts, FleetParts] {
  const red = (mode: 'vepa' | 'bridge', device: string): Network => ({
    type: 'direct',
    mode,
    pool: [{ device }],
  });
  const bridge = (name: string, uplinks: string[]): Network => ({
    type: 'bridge',
    bridge: name,
    manage: true,
    uplinks,
  });
  const switched = (uplinks: string[]): Record<string, Network> =>
    withOvs ? { t: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev', uplinks } } : {};
  const networks = { s: { mtu: 1400, portGroups: [{ name: 'alone', isolated: true }] } };
  return [
    {
      networks,
      host: { networks: { s: bridge('br-s', ['eth1']), red: red('vepa', 'p0'), ...switched([]) } },
      guests: {
        ...guests('old', 4, 'red'),
        moves: guest('s', { portGroup: 'alone' }),
        queues: guest('s'),
        'a-rather-long-guest': guest('red'),
        ...(withOvs ? { x: guest('t'), y: guest('s') } : {}),
      },
    },
    {
      networks,
      host: {
        networks: {
          s: bridge('br-t', ['eth1']),
          red: red('bridge', 'p0'),
          lab: bridge('br-l', []),
          ...switched(['eth2']),
        },
      },
      guests: {
        ...guests('new', 3, 'lab'),
        moves: guest('red'),
        queues: guest('s', { queues: 4 }),
        'another-long-guest': guest('s', { portGroup: 'alone' }),
        ...(withOvs ? { y: guest('t'), z: guest('t') } : {}),
      },
    },
  ];
}

function isUnfinished(link: KernelLink): boolean {
  return link.ifname.startsWith('~') || Number(link.group) === BUILDING_GROUP;
}

/** Nothing stands that neither Plumbline nor its user would own. */
function expectAllOwned(host: KernelHost, strangers: Record<string, KernelLink>): void {
  const links = host.links();
  const unowned = Object.values(links).filter(
    (link) => !isOurs(link) && !isUnfinished(link) && strangers[link.ifname]?.ifindex !== link.ifindex,
  );
  expect(unowned.map((link) => link.ifname).filter((name) => !SWITCH.includes(name))).toEqual([]);
  expect(Object.keys(strangers).filter((name) => !(name in links))).toEqual([]);
  for (const uplink of ['eth1', 'eth2']) {
    const master = links[uplink]?.master;
    // An uplink that is in a bridge of ours is recorded there.
    if (master !== undefined)
      expect(links[master]?.altnames).toContain(`plumbline:uplink:${uplink}@${master}`);
  }
}

/** Open vSwitch's own: the userspace data path and a bridge's local port, which is a row of ours. */
const SWITCH = ['ovs-netdev', 'sw'];

async function expectHealed(host: KernelHost): Promise<void> {
  await host.converge();
  expect((await host.plan()).report.inSync).toBe(true);
  const leftovers = Object.values(host.links()).filter(
    (link) => isUnfinished(link) || isDeletionGroup(Number(link.group)),
  );
  expect(leftovers).toEqual([]);
}

/** From one fleet to the other and back, each way with a kill in it, until a way comes to its end unharmed. */
async function killAtEach(host: KernelHost, wrap: (n: number) => NodeJS.ProcessEnv): Promise<number> {
  const strangers = host.links();
  const fleets = twoFleets(false);
  const way = (n: number) => fleets[n % 2] ?? fleets[0];
  host.want(way(0));
  await host.converge();
  for (let n = 1; ; n++) {
    host.want(way(n));
    const { signal } = await host.run(['apply', host.desired, '--host', 'a'], wrap(n));
    expectAllOwned(host, strangers);
    await expectHealed(host);
    if (signal !== 'SIGKILL') return n - 1;
  }
}

const WIDE = { nics: ['eth1', 'eth2', 'p0'] };

describeNeeding(['root'], 'killed at any moment', () => {
  test.each(['before', 'after'])('%s each call of ip', async (moment) => {
    const host = await kernelHost(WIDE);
    const kills = await killAtEach(host, (n) =>
      wrapIp(
        host.directory,
        `kill-${n}`,
        moment === 'before'
          ? `[ $N = ${n} ] && kill -9 $PPID && exit 1`
          : `if [ $N = ${n} ]; then "$REAL" "$@"; kill -9 $PPID; exit 1; fi`,
      ),
    );
    // One read to plan and one to verify, and batches between them.
    expect(kills).toBeGreaterThan(6);
  });

  test('in the middle of each batch', async () => {
    const host = await kernelHost(WIDE);
    const kills = await killAtEach(host, (n) =>
      wrapIp(
        host.directory,
        `kill-${n}`,
        `if [ $B = ${n} ]; then
  cat > "${host.directory}/lines-${n}"
  head -n $(($(wc -l < "${host.directory}/lines-${n}") / 2)) "${host.directory}/lines-${n}" | "$REAL" "$@"
  kill -9 $PPID; exit 1
fi`,
      ),
    );
    expect(kills).toBeGreaterThan(2);
  });

  test('after each of the first lines of the first batch', async () => {
    const host = await kernelHost(WIDE);
    const strangers = host.links();
    const [, fleet] = twoFleets(false);
    host.want(fleet);
    for (let n = 1; n <= 12; n++) {
      const kill = wrapIp(
        host.directory,
        `kill-${n}`,
        `if [ $B = 1 ]; then head -n ${n} | "$REAL" "$@"; kill -9 $PPID; exit 1; fi`,
      );
      const { signal } = await host.run(['apply', host.desired, '--host', 'a'], kill);
      expect(signal).toBe('SIGKILL');
      expectAllOwned(host, strangers);
    }
    await expectHealed(host);
  });
});

describeNeeding(['root', 'ovs'], 'killed at random', () => {
  test('twenty times, with Open vSwitch', async () => {
    const host = await kernelHost({ ...WIDE, ovs: true });
    const strangers = host.links();
    const fleets = twoFleets(true);
    host.want(fleets[0]);
    const begin = performance.now();
    await host.converge();
    const span = performance.now() - begin;
    for (let n = 1; n <= 20; n++) {
      host.want(fleets[n % 2] ?? fleets[0]);
      const child = host.start(['apply', host.desired, '--host', 'a']);
      const ended = once(child, 'exit');
      // Most of the moments are those at which something is done.
      await new Promise((resolve) => setTimeout(resolve, span * (0.15 + 0.85 * Math.random())));
      child.kill('SIGKILL');
      await ended;
      expectAllOwned(host, strangers);
      if (n % 3 === 0) await expectHealed(host);
    }
    await expectHealed(host);
  }, 120_000);
});

describeNeeding(['root'], 'Ctrl-C', () => {
  test.each(['INT', 'TERM'])(
    'SIG%s ends it between two batches, and the report says what was done',
    async (signal) => {
      const host = await kernelHost(WIDE);
      const strangers = host.links();
      const [first, second] = twoFleets(false);
      host.want(first);
      await host.converge();
      host.want(second);
      const stop = wrapIp(host.directory, 'stop', `[ $B = 2 ] && kill -${signal} $PPID`);
      const answer = await host.applyWith(stop);
      expect(answer.status).toBe(1);
      expect(answer.stderr).toContain(`SIG${signal}`);
      const results = new Set(answer.report.changes.map(({ result }) => result));
      expect(results).toContain('done');
      expect(results).toContain('not-run');
      expect(results).not.toContain('failed');
      for (const { action, name, result } of answer.report.changes) {
        if (action === 'create' && result === 'done') expect(host.links()[name]).toBeDefined();
      }
      expectAllOwned(host, strangers);
      await expectHealed(host);
    },
  );

  test('the text says so as well', async () => {
    const host = await kernelHost(WIDE);
    host.want(twoFleets(false)[1]);
    const stop = wrapIp(host.directory, 'stop', `[ $B = 1 ] && kill -INT $PPID`);
    const { status, stdout, stderr } = await host.run(['apply', host.desired, '--host', 'a'], stop);
    expect(status).toBe(1);
    expect(stderr).toContain('SIGINT: stopping after this batch');
    expect(stdout).toMatch(/not run/i);
  });
});
