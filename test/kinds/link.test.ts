import { describe, expect, it } from 'vitest';
import type { Held } from '../../src/model/resource.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

/** One guest with one interface, whose device and MAC are stated. */
function fleet(guest: string, iface: string) {
  const mac = '52:54:00:12:34:56';
  return makeFleet({
    networks: { lan: {} },
    guests: { [guest]: { host: 'h', interfaces: [{ name: iface, network: 'lan', device: 'plug', mac }] } },
    hosts: { h: { networks: { lan: { type: 'direct', mode: 'vepa', pool: [{ device: 'eth1' }] } } } },
  });
}

function replan(guest: string, iface: string) {
  const from = makeHost([nic(2, 'eth1')]);
  const first = planInMemory(fleet('web1', 'e0'), 'h', from);
  const state = simulate(from, first.plan.changes, first.steps);
  const held = new Map<string, Held>([['plug', { is: 'held', pids: [7] }]]);
  const { changes } = planInMemory(fleet(guest, iface), 'h', state, { held }).plan;
  return changes.map(({ id, action, gate }) => `${action} ${id} ${gate.is}`);
}

describe('whose a guest device is', () => {
  it('is told anew in place when the interface of its guest is renamed', () => {
    expect(replan('web1', 'lan0')).toEqual(['update link:plug open']);
  });

  it('is not told anew under another guest while the first one runs', () => {
    expect(replan('web2', 'e0')).toEqual(['replace link:plug held']);
  });
});
