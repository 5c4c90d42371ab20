import { describe, expect, test } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { derivedBridgeMac } from '../../src/model/identity.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest, managedBridge as linux, managedSwitch as ovs } from './fleet-files.ts';
import { holdTap } from './holder.ts';
import { expectConverged, type KernelHost, kernelHost } from './kernel-host.ts';
import { indexes, linkOf } from './kernel-links.ts';
import { ovsBridges, ovsPorts } from './ovs-rows.ts';

type Networks = NonNullable<SpecOf<'Host'>['networks']>;

/** A guest `g<network>` in each. */
function want(host: KernelHost, networks: Networks): void {
  const guests = Object.fromEntries(Object.keys(networks).map((name) => [`g${name}`, guest(name)]));
  host.want({ host: { networks }, guests });
}

/** In which bridge each guest's tap is. */
function places(host: KernelHost): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { ifname, master } of Object.values(host.links()))
    if (ifname.endsWith('-eth0') && master !== undefined) found[ifname] = `linux ${master}`;
  for (const bridge of ovsBridges(host))
    for (const port of ovsPorts(host, bridge)) if (port.endsWith('-eth0')) found[port] = `ovs ${bridge}`;
  return found;
}

describeNeeding(['root', 'ovs'], 'a bridge of another kind under the same name', () => {
  const CASES: Record<string, [Networks, Networks, Record<string, string>]> = {
    'Open vSwitch to Linux': [
      { x: ovs('one', ['nic']) },
      { x: linux('one', ['nic']) },
      { 'gx-eth0': 'linux one' },
    ],
    'Linux to Open vSwitch': [
      { x: linux('one', ['nic']) },
      { x: ovs('one', ['nic']) },
      { 'gx-eth0': 'ovs one' },
    ],
    'both ways at once': [
      { x: ovs('one', ['nic']), y: linux('two', ['other']) },
      { x: linux('one', ['nic']), y: ovs('two', ['other']) },
      { 'gx-eth0': 'linux one', 'gy-eth0': 'ovs two' },
    ],
    'names exchanged': [
      { x: ovs('one', ['nic']), y: linux('two', ['other']) },
      { x: ovs('two', ['nic']), y: linux('one', ['other']) },
      { 'gx-eth0': 'ovs two', 'gy-eth0': 'linux one' },
    ],
    'names exchanged, both Linux': [
      { x: linux('one', ['nic']), y: linux('two', ['other']) },
      { x: linux('two', ['nic']), y: linux('one', ['other']) },
      { 'gx-eth0': 'linux two', 'gy-eth0': 'linux one' },
    ],
    'names exchanged, both Open vSwitch': [
      { x: ovs('one', ['nic']), y: ovs('two', ['other']) },
      { x: ovs('two', ['nic']), y: ovs('one', ['other']) },
      { 'gx-eth0': 'ovs two', 'gy-eth0': 'ovs one' },
    ],
  };

  describe.each(Object.entries(CASES))('%s', (_, [before, after, expected]) => {
    test('is one apply, and the guests keep their taps', async () => {
      const host = await kernelHost({ nics: ['nic', 'other'], ovs: true });
      want(host, before);
      await host.converge();
      const taps = Object.keys(expected);
      const old = indexes(host.links());
      const held = await Promise.all(taps.map((tap) => holdTap(host, tap)));
      want(host, after);
      const { report } = await host.converge();
      for (const tap of taps) {
        const shown = report.changes.find(({ name, impact }) => name === tap && impact === 'rewire');
        expect(shown).toBeDefined();
      }
      for (const one of held) await one.release();
      expect(places(host)).toEqual(expected);
      for (const place of Object.values(expected)) {
        const [kind, bridge = ''] = place.split(' ');
        // No guest's and no NIC's.
        if (kind === 'linux')
          expect(linkOf(host.links(), bridge).address).toBe(derivedBridgeMac('a', bridge));
      }
      const now = indexes(host.links());
      for (const tap of taps) expect(now[tap]).toBe(old[tap]);
      await expectConverged(host);
    });
  });

  test('a stranger in the old one keeps it, and all that would have moved', async () => {
    for (const [before, after, stranger] of [
      [
        linux('one'),
        ovs('one'),
        'link add theirs type veth peer name far-theirs\nlink set dev theirs master one\n',
      ],
      [linux('one'), ovs('one'), 'address add 192.0.2.1/24 dev one\n'],
      [ovs('one'), linux('one'), 'address add 192.0.2.1/24 dev one\n'],
    ] as const) {
      const host = await kernelHost({ ovs: true });
      want(host, { x: before });
      await host.converge();
      host.ns.ip(stranger);
      const standing = [places(host), indexes(host.links())];
      want(host, { x: after });
      const { status, report } = await host.apply();
      expect(status).toBe(1);
      expect(report.problems.map(({ code }) => code)).toContain('holds-strangers');
      expect([places(host), indexes(host.links())]).toEqual(standing);
    }
  });

  test("a stranger's Open vSwitch bridge keeps its name", async () => {
    const host = await kernelHost({ ovs: true });
    host.ovs?.vsctl('add-br', 'one', '--', 'set', 'bridge', 'one', 'datapath_type=netdev');
    want(host, { x: linux('one') });
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    expect(report.problems).toMatchObject([
      { code: 'name-taken', message: "one: Open vSwitch bridge one stands there and is not Plumbline's" },
    ]);
    expect(linkOf(host.links(), 'one').linkinfo?.info_kind).not.toBe('bridge');
  });
});
