import { expect, test } from 'vitest';
import { makeFleet } from '../support/fleet.ts';
import { foreignTap, makeHost, planInMemory } from '../support/host.ts';

/** A Linux bridge is wanted where a bridge of Open vSwitch has the name, and the link of its local port. */
function problemsBeside(externalIds: Record<string, string>) {
  const fleet = makeFleet({
    networks: { lan: {} },
    hosts: { h: { networks: { lan: { type: 'bridge', bridge: 'br0', manage: true } } } },
  });
  const bridge = { uuid: 'b', name: 'br0', datapath: 'netdev' as const, externalIds, ports: [] };
  const { plan } = planInMemory(fleet, 'h', makeHost([foreignTap(3, 'br0')], [bridge]));
  expect(plan.changes.find(({ id }) => id === 'link:br0')?.gate.is).toBe('taken');
  return plan.problems.map(({ code, message, hint }) => [code, message, hint]);
}

test('the name of a Linux bridge is that of an Open vSwitch bridge of ours, whose local port nobody removes', () => {
  expect(problemsBeside({ plumbline: 'Network/lan' })).toEqual([
    [
      'name-taken',
      'br0: Open vSwitch bridge br0 has this name until it is gone',
      'apply documents that have neither first, or choose another name',
    ],
  ]);
});

test("the name of a Linux bridge is that of a stranger's Open vSwitch bridge", () => {
  expect(problemsBeside({})).toEqual([
    [
      'name-taken',
      "br0: Open vSwitch bridge br0 stands there and is not Plumbline's",
      'remove it (ovs-vsctl del-br br0), or name another one in the documents',
    ],
  ]);
});
