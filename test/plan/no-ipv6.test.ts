import { describe, expect, it } from 'vitest';
import type { Realisation } from '../../src/desired/documents.ts';
import type { HostState } from '../../src/model/host.ts';
import type { Step } from '../../src/model/step.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

const MANAGED: Realisation = { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['eth1'] };
const VIRTUAL: Realisation = { type: 'virtual', bridge: 'virbr-lan', forward: 'isolated' };
const OPENVSWITCH: Realisation = { type: 'openvswitch', bridge: 'ovs-lan', manage: true };

function fleet(lan: Realisation) {
  return makeFleet({
    networks: { lan: {} },
    guests: { web1: { host: 'h', interfaces: [{ name: 'e0', network: 'lan' }] } },
    hosts: { h: { networks: { lan } } },
  });
}

function host(rest: Partial<HostState> = {}): HostState {
  return { ...makeHost([nic(2, 'eth1')]), ...rest };
}

function linesAbout(steps: readonly Step[]): string[] {
  return steps
    .flatMap((step) => (step.tool === 'ip' ? step.lines : []))
    .filter((line) => line.includes('addrgenmode'));
}

/** As such a kernel shows what was made on it: how a link makes its address is not to be read. */
function applied(lan: Realisation): HostState {
  const from = host({ ipv6: false });
  const { plan, steps } = planInMemory(fleet(lan), 'h', from);
  const after = simulate(from, plan.changes, steps);
  return { ...after, links: after.links.map((link) => ({ ...link, addrGenMode: null })) };
}

describe.each([
  ['a bridge and its tap', MANAGED],
  ['a virtual network', VIRTUAL],
  ['taps of Open vSwitch', OPENVSWITCH],
])('a kernel without IPv6: %s', (_, lan) => {
  it('is told nothing of link-local addresses, for it would refuse the whole call', () => {
    expect(linesAbout(planInMemory(fleet(lan), 'h', host()).steps)).not.toEqual([]);
    expect(linesAbout(planInMemory(fleet(lan), 'h', host({ ipv6: false })).steps)).toEqual([]);
  });

  it('is in sync afterwards', () => {
    expect(planInMemory(fleet(lan), 'h', applied(lan)).plan).toMatchObject({ inSync: true, changes: [] });
  });
});
