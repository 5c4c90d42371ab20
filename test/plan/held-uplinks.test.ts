import { describe, expect, it } from 'vitest';
import type { Realisation } from '../../src/desired/documents.ts';
import type { HostState } from '../../src/model/host.ts';
import type { Held } from '../../src/model/resource.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, type PlanOptions, planInMemory } from '../support/host.ts';

const GUESTS = {
  g1: { host: 'h', interfaces: [{ name: 'eth0', network: 'red' }] },
  g2: { host: 'h', interfaces: [{ name: 'eth0', network: 'red' }] },
};
const HELD: PlanOptions = { held: new Map([['g1-eth0', { is: 'held', pids: [7] } satisfies Held]]) };
const DIRECT: Realisation = { type: 'direct', mode: 'bridge', pool: [{ device: 'eth1' }] };
const bridge = (...uplinks: string[]): Realisation => ({ type: 'bridge', ...managed(uplinks) });

function managed(uplinks: string[]) {
  return { bridge: 'br-red', manage: true, uplinks };
}

function fleet(entry: Realisation, guests: typeof GUESTS | Record<string, never> = GUESTS) {
  return makeFleet({ networks: { red: {} }, guests, hosts: { h: { networks: { red: entry } } } });
}

function converged(from: HostState, documents: ReturnType<typeof fleet>): HostState {
  const { plan, steps } = planInMemory(documents, 'h', from);
  return simulate(from, plan.changes, steps);
}

function outcome(documents: ReturnType<typeof fleet>, state: HostState, options: PlanOptions) {
  const { plan } = planInMemory(documents, 'h', state, options);
  const changes = plan.changes.map(({ action, id, gate }) => `${action} ${id} ${gate.is}`);
  return { changes, summary: plan.summary, codes: plan.problems.map(({ code }) => code) };
}

describe('a NIC that a running guest keeps', () => {
  const nics = makeHost([nic(2, 'eth1'), nic(3, 'eth2')]);

  it.each([
    ['from a pool to a bridge', DIRECT, bridge('eth1')],
    ['from a bridge to a pool', bridge('eth1'), DIRECT],
  ])('is no error for what waits for it: %s', (_, before, after) => {
    const { summary, codes } = outcome(fleet(after), converged(nics, fleet(before)), HELD);
    expect(codes).toEqual([]);
    expect(summary).toMatchObject({ skipped: 0 });
    expect(summary.held).toBeGreaterThan(1);
  });
});

describe('an uplink whose replacement cannot be had', () => {
  const openvswitch = (...uplinks: string[]): Realisation => ({ type: 'openvswitch', ...managed(uplinks) });
  const addressed = nic(3, 'eth2', { globalAddresses: ['192.0.2.1/24'] });
  const port = nic(3, 'eth2', { master: 'br9', port: { isolated: false } });
  const loopFree = (...uplinks: string[]): Realisation => ({
    type: 'bridge',
    loopFree: true,
    ...managed(uplinks),
  });

  it.each([
    ['is missing', bridge('eth1'), bridge('eth9'), [nic(3, 'eth2')]],
    ["has the host's own address", bridge('eth1'), bridge('eth2'), [addressed]],
    ["is a port of a stranger's bridge", openvswitch('eth1'), openvswitch('eth2'), [port]],
    ['is missing, of Open vSwitch', openvswitch('eth1'), openvswitch('eth9'), []],
    ['is missing, and another stays', loopFree('eth1', 'eth2'), loopFree('eth2', 'eth9'), [nic(3, 'eth2')]],
  ])('stays: it %s', (_, before, after, others) => {
    const state = converged(makeHost([nic(2, 'eth1'), ...others]), fleet(before));
    const { plan } = planInMemory(fleet(after), 'h', state, HELD);
    const leaving = plan.changes.find(({ action }) => action === 'delete');
    expect(leaving).toMatchObject({ name: 'eth1', gate: { is: 'blocked' } });
    expect(leaving?.gate).toHaveProperty('why', expect.stringMatching(/replacement eth\d cannot be had$/));
    expect(plan.changes.filter(({ gate }) => gate.is === 'open')).toEqual([]);
    expect(plan.summary.held).toBe(0);
    expect(plan.problems.filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  it('goes when another comes, for the two might make a loop', () => {
    const state = converged(makeHost([nic(2, 'eth1'), nic(3, 'eth2')]), fleet(bridge('eth1')));
    expect(outcome(fleet(loopFree('eth2', 'eth9')), state, HELD).changes).toEqual([
      'delete membership:eth1 open',
      'create membership:eth2 open',
    ]);
  });

  it('goes when it is taken out of the list', () => {
    const state = converged(makeHost([nic(2, 'eth1')]), fleet(bridge('eth1')));
    expect(outcome(fleet(bridge()), state, HELD).changes).toEqual(['delete membership:eth1 open']);
  });

  it('keeps the bridge its address', () => {
    const eth1 = nic(2, 'eth1', { mac: '02:00:00:00:00:02' });
    const state = converged(makeHost([eth1]), fleet(bridge('eth1')));
    for (const link of state.links) if (link.name === 'br-red') link.mac = eth1.mac;
    expect(outcome(fleet(bridge('eth9')), state, HELD).changes).toEqual(['delete membership:eth1 blocked']);
  });
});
