import { describe, expect, it } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import type { Held } from '../../src/model/resource.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

type Realisation = NonNullable<SpecOf<'Host'>['networks']>[string];

/** A guest with a device on each of two bridges. */
function fleet(storage: Partial<Extract<Realisation, { type: 'bridge' }>> = {}) {
  const lan: Realisation = { type: 'bridge', bridge: 'br-lan', manage: true, uplinks: ['eth1'] };
  const other: Realisation = { type: 'bridge', bridge: 'br-sto', manage: true, uplinks: ['eth2'] };
  return makeFleet({
    networks: { lan: {}, storage: {} },
    hosts: { h: { networks: { lan, storage: { ...other, ...storage } } } },
    guests: {
      db1: {
        host: 'h',
        interfaces: [
          { name: 'e0', network: 'lan' },
          { name: 'e1', network: 'storage' },
        ],
      },
    },
  });
}

describe('who notices a change of a shared bridge', () => {
  const fresh = makeHost([nic(2, 'eth1'), nic(3, 'eth2')]);
  const { plan, steps } = planInMemory(fleet(), 'h', fresh);
  const state = simulate(fresh, plan.changes, steps);

  it.each([
    ['the device on another network', 'db1-e0', []],
    ['its device there', 'db1-e1', ['db1']],
  ])('a guest that has %s open', (_, device, running) => {
    const held = new Map<string, Held>([[device, { is: 'held', pids: [7] }]]);
    const changed = planInMemory(fleet({ uplinks: [] }), 'h', state, { held });
    expect(changed.plan.changes.map(({ id, impact, guests }) => [id, impact, guests])).toEqual([
      ['membership:eth2', 'interrupt', ['db1']],
    ]);
    expect(changed.plan.changes[0]?.running).toEqual(running);
  });
});
