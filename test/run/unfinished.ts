import { expect } from 'vitest';
import { BUILDING_GROUP, isDeletionGroup } from '../../src/model/mark.ts';
import type { FleetParts } from './fleet-files.ts';
import { guest, guests } from './fleet-files.ts';
import type { KernelHost } from './kernel-host.ts';
import { isOurs, type KernelLink } from './kernel-links.ts';

/** What the two fleets need of a host. */
export const WIDE = { nics: ['eth1', 'eth2', 'p0'] };

type Network = NonNullable<FleetParts['host']['networks']>[string];

/** Two states of a host. The way from each to the other makes, changes, replaces and removes links of every kind. */
export function twoFleets(withOvs: boolean): [FleetParts, FleetParts] {
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

/** Whether a link was made and not yet put into service. */
export function isUnfinished(link: KernelLink): boolean {
  const { pi, vnet_hdr } = link.linkinfo?.info_data ?? {};
  const isNewTap = link.ifalias === undefined && pi === true && vnet_hdr === true;
  return isNewTap || Number(link.group) === BUILDING_GROUP;
}

/** Nothing stands that neither Plumbline nor its user would own. */
export function expectAllOwned(host: KernelHost, strangers: Record<string, KernelLink>): void {
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

/** The next run converges, and nothing unfinished is left. */
export async function expectHealed(host: KernelHost): Promise<void> {
  await host.converge();
  expect((await host.plan()).report.inSync).toBe(true);
  const leftovers = Object.values(host.links()).filter(
    (link) => isUnfinished(link) || isDeletionGroup(Number(link.group)),
  );
  expect(leftovers).toEqual([]);
}
