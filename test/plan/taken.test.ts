import { expect, test } from 'vitest';
import { makeFleet } from '../support/fleet.ts';
import { foreignTap, makeHost, planInMemory } from '../support/host.ts';

/** A Linux bridge is wanted where a bridge of Open vSwitch has the name, and the link of its local port. */
function planBeside(externalIds: Record<string, string>) {
  const fleet = makeFleet({
    networks: { lan: {} },
    hosts: { h: { networks: { lan: { type: 'bridge', bridge: 'br0', manage: true } } } },
  });
  const bridge = { uuid: 'b', name: 'br0', datapath: 'netdev' as const, externalIds, ports: [] };
  return planInMemory(fleet, 'h', makeHost([foreignTap(3, 'br0')], [bridge]));
}

test('the name of a Linux bridge is that of an Open vSwitch bridge of ours, which goes first', () => {
  const { plan, steps } = planBeside({ plumbline: 'Network/lan' });
  expect([plan.problems, plan.changes.map(({ id, gate }) => [id, gate.is])]).toEqual([
    [],
    [
      ['link:br0', 'open'],
      ['ovs-bridge:br0', 'open'],
    ],
  ]);
  expect(steps[0]?.key).toBe('ovs-bridge:br0#delete-delete');
});

test("the name of a Linux bridge is that of a stranger's Open vSwitch bridge", () => {
  const { plan } = planBeside({});
  expect(plan.changes.find(({ id }) => id === 'link:br0')?.gate.is).toBe('taken');
  expect(plan.problems.map(({ code, message, hint }) => [code, message, hint])).toEqual([
    [
      'name-taken',
      "br0: Open vSwitch bridge br0 stands there and is not Plumbline's",
      'remove it (ovs-vsctl del-br br0), or name another one in the documents',
    ],
  ]);
});
