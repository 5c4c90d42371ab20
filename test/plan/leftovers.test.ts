import { describe, expect, it } from 'vitest';
import type { LinkState } from '../../src/model/host.ts';
import { BUILDING_GROUP, DELETION_GROUPS, LEFTOVER, linkAlias } from '../../src/model/mark.ts';
import type { Held } from '../../src/model/resource.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignMacvtap, foreignTap, makeHost, nic, planInMemory, unfinishedTap } from '../support/host.ts';

const FLEET = makeFleet({
  networks: { red: {} },
  guests: { g1: { host: 'h', interfaces: [{ name: 'eth0', network: 'red' }] } },
  hosts: {
    h: { networks: { red: { type: 'direct', mode: 'bridge', pool: [{ device: 'eth1' }] } } },
  },
});

const UNFINISHED = foreignMacvtap(9, 'g1-eth0', 'eth1', { group: BUILDING_GROUP });
const LEFT_IN_DELETION = foreignMacvtap(9, 'g1-eth0', 'eth1', {
  group: DELETION_GROUPS.first,
  alias: linkAlias(LEFTOVER),
});

function plan(fleet: typeof FLEET | null, link: LinkState, held?: Held) {
  const { plan: made, touched } = planInMemory(fleet, 'h', makeHost([nic(2, 'eth1'), link]), {
    held: new Map(held === undefined ? [] : [[link.name, held]]),
  });
  return { change: made.changes.find(({ name }) => name === link.name), touched };
}

describe('a device that was left unfinished', () => {
  it.each([
    ['wanted, a macvtap', FLEET, UNFINISHED, 'replace'],
    ['wanted, and about to go', FLEET, LEFT_IN_DELETION, 'replace'],
    ['unwanted, a macvtap', null, UNFINISHED, 'delete'],
    ['wanted, a tap', FLEET, unfinishedTap(9, 'g1-eth0'), 'replace'],
    ['unwanted, a tap', null, unfinishedTap(9, 'g1-eth0'), 'delete'],
    ['unwanted, a tap that was built aside', null, foreignTap(9, '~1'), 'delete'],
    ['unwanted, and about to go', null, LEFT_IN_DELETION, 'delete'],
  ] as const)('is looked up, and stays while somebody has it open: %s', (_, fleet, link, action) => {
    expect(plan(fleet, link).touched).toContain(link.name);
    const held: Held = { is: 'held', pids: [7] };
    expect(plan(fleet, link, held).change).toMatchObject({ action, gate: { is: 'held', why: 'guestRuns' } });
    expect(plan(fleet, link, { is: 'free' }).change).toMatchObject({ action, gate: { is: 'open' } });
  });

  it('needs no look where no guest can have it open', () => {
    const bridge = nic(9, 'br-a', {
      type: 'bridge',
      group: BUILDING_GROUP,
      bridge: { stp: false, forwardDelay: 15, ageingTime: 300, multicastSnooping: true },
    });
    expect(plan(null, bridge)).toMatchObject({ change: { impact: 'none' }, touched: [] });
  });
});
