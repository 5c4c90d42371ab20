import { describe, expect, it } from 'vitest';
import type { Vlan } from '../../src/desired/documents.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, planInMemory } from '../support/host.ts';

/** A host with one guest's port in a bridge of ours, as these documents want it. */
function converged(vlan: Vlan | undefined) {
  const fleet = makeFleet({
    networks: { lan: { portGroups: [{ name: 'all', default: true, ...(vlan && { vlan }) }] } },
    guests: { web1: { host: 'h', interfaces: [{ name: 'e0', network: 'lan' }] } },
    hosts: { h: { networks: { lan: { type: 'openvswitch', bridge: 'ovs-a', manage: true } } } },
  });
  const from = makeHost([]);
  const { plan, steps } = planInMemory(fleet, 'h', from);
  return { fleet, state: simulate(from, plan.changes, steps) };
}

describe('the VLAN mode of a port', () => {
  for (const mode of ['native-tagged', 'dot1q-tunnel']) {
    for (const vlan of [{ tag: 7 }, { trunk: [10, 20], native: 10 }, { trunk: [10, 20] }, undefined]) {
      it(`${mode} is drift where ${JSON.stringify(vlan ?? 'no VLAN')} is wanted`, () => {
        const { fleet, state } = converged(vlan);
        expect(planInMemory(fleet, 'h', state).plan.changes).toEqual([]);
        for (const bridge of state.ovs?.bridges ?? []) for (const port of bridge.ports) port.vlanMode = mode;
        const { changes } = planInMemory(fleet, 'h', state).plan;
        expect(changes.map(({ id, impact }) => [id, impact])).toEqual([['ovs-port:web1-e0', 'rewire']]);
      });
    }
  }
});
