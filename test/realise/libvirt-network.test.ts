import { describe, expect, it } from 'vitest';
import type { PortGroup, Realisation } from '../../src/desired/documents.ts';
import { resolveHost } from '../../src/desired/resolve.ts';
import { libvirtWords } from '../../src/realise/libvirt-network.ts';
import { makeFleet } from '../support/fleet.ts';

const bridge: Realisation = { type: 'bridge', bridge: 'br0', manage: true };
const ovs: Realisation = { type: 'openvswitch', bridge: 'ovsbr0' };
const quiet: PortGroup = { name: 'quiet', isolated: true };
const open: PortGroup = { name: 'open', default: true };

function words(entry: Realisation, portGroups: PortGroup[]) {
  const fleet = makeFleet({
    networks: { red: { portGroups } },
    hosts: { a: { networks: { red: entry } } },
  });
  const network = resolveHost(fleet, 'a')?.networks.get('red');
  if (network === undefined) throw new Error('the host has no network red');
  const { content, unsaid } = libvirtWords(network, (name) => ({ name }));
  return { content, codes: unsaid.map(({ code }) => code) };
}

describe('what libvirt is told of a network', () => {
  it('isolates all guests of a bridge, or leaves out the port group that it cannot say', () => {
    const all = words(bridge, [{ ...quiet, default: true }]);
    expect([all.content?.isolated, all.content?.portGroups.length, all.codes]).toEqual([true, 1, []]);
    const some = words(bridge, [open, quiet]);
    expect(some.content).toMatchObject({ isolated: false, portGroups: [{ name: 'open' }] });
    expect(some.codes).toEqual(['libvirt-isolation']);
    // Who names no port group would be isolated, and is not by the documents.
    expect(words(bridge, [quiet]).content).toMatchObject({ isolated: false, portGroups: [] });
  });

  it('keeps a network to itself whose default it cannot say', () => {
    for (const entry of [bridge, ovs]) {
      const { content, codes } = words(entry, [{ ...quiet, default: true }, { name: 'loud' }]);
      expect([content, codes]).toEqual([null, ['libvirt-isolation']]);
    }
    const tagged = words(bridge, [{ name: 'web', default: true, vlan: { tag: 42 } }]);
    expect([tagged.content, tagged.codes]).toEqual([null, ['libvirt-port-group']]);
  });

  it('says VLANs to Open vSwitch, and leaves native ones to the devices that carry them', () => {
    const vlan = { trunk: [20, 10], native: 30 };
    expect(words(ovs, [{ name: 'all', vlan }]).content?.portGroups).toEqual([
      { name: 'all', default: false, vlan: { trunk: true, tags: [10, 20, 30], native: 30 } },
    ]);
    const pool: Realisation = { type: 'direct', mode: 'private', nativeVlan: 42, pool: [{ device: 'eth2' }] };
    expect(words(pool, [{ name: 'web', vlan: { tag: 42 }, isolated: true }]).content).toMatchObject({
      mode: 'private',
      devices: ['eth2'],
      portGroups: [{ name: 'web', vlan: null }],
    });
  });
});
