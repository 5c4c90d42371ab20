import { describe, expect, it } from 'vitest';
import type { Realisation } from '../../src/desired/documents.ts';
import type { HostState } from '../../src/model/host.ts';
import type { Planned } from '../../src/plan/plan.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignTap, makeHost, planInMemory } from '../support/host.ts';

const STRANGERS: Realisation = { type: 'openvswitch', bridge: 'ovs-x' };

function fleet(spec: { mtu?: number }) {
  const guests = { web1: { host: 'h', interfaces: [{ name: 'e0', network: 'lan' }] } };
  return makeFleet({ networks: { lan: spec }, guests, hosts: { h: { networks: { lan: STRANGERS } } } });
}

/** A stranger's bridge, whose local port follows the smallest MTU of its ports. */
function host(mtu: number): HostState {
  const bridge = { uuid: 'x', name: 'ovs-x', datapath: 'netdev' as const, externalIds: {}, ports: [] };
  return makeHost([foreignTap(2, 'ovs-x', { mtu })], [bridge]);
}

function gates({ plan }: Planned): string[] {
  return plan.changes.map(({ id, gate }) => `${id} ${gate.is}`);
}

describe("a tap in a stranger's Open vSwitch bridge", () => {
  it('takes the MTU of the bridge, so as not to lower it', () => {
    const { plan } = planInMemory(fleet({}), 'h', host(9000));
    expect(plan.problems).toEqual([]);
    expect(plan.changes.map(({ after }) => after?.spec)).toContainEqual(
      expect.objectContaining({ kind: 'tap', mtu: 9000 }),
    );
  });

  it('is refused where the network wants a smaller one', () => {
    const planned = planInMemory(fleet({ mtu: 1500 }), 'h', host(9000));
    expect(gates(planned)).toEqual(['link:web1-e0 blocked', 'ovs-port:web1-e0 blocked']);
    expect(planned.plan.problems.map(({ code }) => code)).toEqual(['mtu-lowers-bridge']);
  });

  it('does not come back to it by a port alone either', () => {
    const from = host(1500);
    const { plan, steps } = planInMemory(fleet({ mtu: 1500 }), 'h', from);
    const state = simulate(from, plan.changes, steps);
    for (const bridge of state.ovs?.bridges ?? []) bridge.ports = [];
    for (const link of state.links) if (link.name === 'ovs-x') link.mtu = 9000;
    expect(gates(planInMemory(fleet({ mtu: 1500 }), 'h', state))).toEqual(['ovs-port:web1-e0 blocked']);
  });
});

describe('an Open vSwitch bridge that is missing', () => {
  it('is told once for each guest, as the reason of its tap, for which the port waits', () => {
    const { plan } = planInMemory(fleet({}), 'h', makeHost([], []));
    const [problem, ...others] = plan.problems;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'bridge-missing', message: expect.stringContaining('ovs-x') });
    expect(plan.changes.map(({ id, gate }) => [id, gate])).toEqual([
      ['link:web1-e0', { is: 'blocked', on: [], why: problem?.message }],
      ['ovs-port:web1-e0', { is: 'blocked', on: ['link:web1-e0'], why: expect.any(String) }],
    ]);
  });
});
