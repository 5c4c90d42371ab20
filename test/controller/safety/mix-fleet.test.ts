import { describe, expect, it } from 'vitest';
import { mixFleet } from '../../../src/controller/safety/mix-fleet.ts';
import { touchesSharedLinks } from '../../../src/controller/safety/shared-links.ts';
import { resolveHost } from '../../../src/desired/resolve.ts';
import { makeFleet } from '../../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../../support/host.ts';

const iface = (network: string, rest: object = {}) => ({
  host: 'h',
  interfaces: [{ name: 'e0', network, ...rest }],
});
const managed = { type: 'bridge' as const, bridge: 'br-a', manage: true, uplinks: ['eth1'] };

describe('the fleet to go back to', () => {
  const lastGood = makeFleet({
    networks: { lan: { mtu: 1500, portGroups: [{ name: 'web', isolated: true }] } },
    hosts: { h: { networks: { lan: managed } } },
    guests: { old: iface('lan'), gone: iface('lan') },
  });
  const current = makeFleet({
    networks: {
      lan: { mtu: 9000, portGroups: [{ name: 'web' }, { name: 'new' }] },
      dmz: { portGroups: [{ name: 'all', default: true }] },
    },
    hosts: {
      h: { networks: { lan: { ...managed, uplinks: ['eth2'] }, dmz: { type: 'bridge', bridge: 'br0' } } },
    },
    guests: {
      old: iface('lan'),
      arrived: iface('lan', { portGroup: 'web' }),
      fancy: iface('lan', { portGroup: 'new' }),
      far: iface('dmz'),
      elsewhere: { interfaces: [] },
    },
  });

  it('has hosts and networks as they were, and guests as they are', () => {
    const { fleet, leave, problems } = mixFleet(current, lastGood, 'h');
    expect(resolveHost(fleet, 'h')?.networks.get('lan')?.entry).toEqual(managed);
    expect(fleet.networks.get('lan')?.spec.mtu).toBe(1500);
    expect([...fleet.guests.keys()]).toEqual([...current.guests.keys()]);
    expect([...leave].sort()).toEqual([
      'link:fancy-e0',
      'link:far-e0',
      'ovs-port:fancy-e0',
      'ovs-port:far-e0',
    ]);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^fancy e0 is left as it is: network lan has no port group new /),
      expect.stringMatching(/^far e0 is left as it is: there is no network dmz on h /),
    ]);
  });

  it('leaves what the old realisation cannot give', () => {
    const plain = makeFleet({ networks: { lan: {} }, hosts: { h: { networks: { lan: managed } } } });
    const ovs = { type: 'openvswitch' as const, bridge: 'ovs-a', manage: true };
    const tagged = { portGroups: [{ name: 'web', default: true, vlan: { tag: 42 } }] };
    const now = makeFleet({
      networks: { lan: tagged },
      hosts: { h: { networks: { lan: ovs } } },
      guests: { a: iface('lan') },
    });
    // The old network knew no port group at all, or knew it for a bridge, which gives no VLAN.
    expect(mixFleet(now, plain, 'h').leave.size).toBe(2);
    const knew = makeFleet({ networks: { lan: tagged }, hosts: { h: { networks: { lan: managed } } } });
    expect(mixFleet(now, knew, 'h').problems[0]?.message).toMatch(/asks for VLAN 42/);
  });

  it('is told for one host', () => {
    expect(mixFleet(current, lastGood, 'nobody').leave.size).toBe(0);
  });
});

describe('links that others share', () => {
  const host = makeHost([nic(1, 'lo'), nic(2, 'eth1'), nic(3, 'eth2')]);
  const fleet = (networks: object, guests = {}) =>
    makeFleet({ networks: { n: {} }, hosts: { h: { networks: { n: networks as typeof managed } } }, guests });

  it.each([
    ['a bridge with its uplink', managed, true],
    [
      'an Open vSwitch bridge',
      { type: 'openvswitch', bridge: 'ovs-a', manage: true, uplinks: ['eth1'] },
      true,
    ],
    ['macvtaps on a pool', { type: 'direct', mode: 'vepa', pool: [{ device: 'eth1' }] }, false],
  ])('%s', (_, entry, shared) => {
    const { plan } = planInMemory(fleet(entry, { g: iface('n') }), 'h', host);
    expect(plan.changes.length).toBeGreaterThan(0);
    expect(touchesSharedLinks(plan)).toBe(shared);
  });

  it('count only when something is done to them', () => {
    const busy = makeHost([nic(1, 'lo'), nic(2, 'eth1', { globalAddresses: ['192.0.2.1/24'] })]);
    const { plan } = planInMemory(fleet({ ...managed, bridge: 'eth1', uplinks: [] }), 'h', busy);
    expect(plan.changes.map(({ gate }) => gate.is)).toEqual(['taken']);
    expect(touchesSharedLinks(plan)).toBe(false);
  });
});
