import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { loadDirectory } from '../../src/desired/load.ts';
import { desiredDirectory } from '../support/desired-directory.ts';
import { BASE, direct, FIXTURES, fleetFiles } from './fixtures.ts';

async function problemsOf(...texts: string[]) {
  const { fleet, problems } = await loadDirectory(desiredDirectory(fleetFiles(...texts)), { cache: null });
  return { texts: problems, rules: check(fleet) };
}

describe('rules over a fleet', () => {
  it('hold for the fleet that the fixtures change', async () => {
    expect(await problemsOf(BASE)).toEqual({ texts: [], rules: [] });
  });

  it.each(FIXTURES)('$code at $at', async ({ code, with: changed, at, found, hint }) => {
    const { texts, rules } = await problemsOf(BASE, changed);
    expect(texts).toEqual([]);
    expect(
      rules.map(({ code: told, source, path }) => `${told} ${source?.file.replace('.yaml', '')} ${path}`),
    ).toEqual([`${code} ${at}`]);
    expect(rules[0]?.severity).toBe('error');
    if (found !== undefined) expect(rules[0]?.found).toBe(found);
    if (hint !== undefined) expect(rules[0]?.hint).toMatch(hint);
  });

  it('stand at the key itself', async () => {
    const { rules } = await problemsOf(
      BASE,
      'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: rde }] }',
    );
    expect(rules[0]?.source).toMatchObject({ file: 'Guest-web1.yaml', line: 4, column: 49 });
  });

  it.each([
    [
      'a passthrough entry of one guest',
      `Host kvm-c: { networks: { blue: ${direct('passthrough, pool: [{ device: eth0, maxGuests: 1 }]')} } }`,
    ],
    [
      'several uplinks with STP',
      'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, stp: true, forwardDelay: 2, uplinks: [eth0, eth1] } } }',
    ],
    [
      'several uplinks that are vouched for',
      'Host kvm-c: { networks: { blue: { type: openvswitch, bridge: br0, manage: true, loopFree: true, uplinks: [eth0, eth1] } } }',
    ],
    [
      'two networks on one bridge that agree',
      'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, stp: false, uplinks: [eth0] }, red: { type: bridge, bridge: br0, manage: true, uplinks: [eth0] } } }',
    ],
    [
      'two pools that share a device',
      `Host kvm-c: { networks: { blue: ${direct('vepa, pool: [{ device: eth0 }]')}, red: ${direct('vepa, pool: [{ device: eth0 }]')} } }`,
    ],
    [
      'a pool device named null',
      `Host kvm-c: { networks: { blue: ${direct('vepa, pool: [{ device: "null" }]')} } }`,
    ],
    [
      'an own entry where classes disagree',
      'HostClass other: { networks: { blue: { type: bridge, bridge: br0 } } }\nHost kvm-c: { classes: [rack, other], networks: { blue: { type: bridge, bridge: br1 } } }',
    ],
    [
      'two classes that say the same',
      'HostClass other: { networks: { blue: { uplinks: [eth9], bridge: br-blue, type: bridge, manage: true } } }\nHost kvm-c: { classes: [rack, other] }',
    ],
    [
      'the VLAN that the devices carry untagged',
      `Host kvm-a: { networks: { red: ${direct('vepa, nativeVlan: 42, pool: [{ device: eth2 }]')} } }\nGuest web1: { host: kvm-a, interfaces: [{ name: eth0, network: red, portGroup: v42 }] }`,
    ],
    [
      'VLANs, trunks and isolation on Open vSwitch',
      'Guest web1: { host: kvm-b, interfaces: [{ name: a, network: red, portGroup: v42 }, { name: b, network: red, portGroup: all }, { name: c, network: red, portGroup: alone }] }',
    ],
    [
      'isolation in private mode',
      `Host kvm-a: { networks: { red: ${direct('private, pool: [{ device: eth2 }]')} } }\nGuest web1: { host: kvm-a, interfaces: [{ name: a, network: red, portGroup: alone }] }`,
    ],
    [
      'a guest that is placed nowhere, whatever it asks for',
      'Guest web3: { interfaces: [{ name: eth0, network: red, portGroup: all }] }',
    ],
  ])('allow %s', async (_, changed) => {
    expect(await problemsOf(BASE, changed)).toEqual({ texts: [], rules: [] });
  });

  it('tell no consequence of a document that is broken', async () => {
    const broken = [
      'Network red: { mtu: 1 }',
      'HostClass rack: { nonsense: 1 }',
      'Guest web2: { nonsense: 1 }',
      'Guest web3: { host: kvm-a, interfaces: [{ name: eth0, network: blue }] }',
    ];
    const { texts, rules } = await problemsOf(BASE, ...broken);
    expect(texts.map(({ source }) => source?.file)).toEqual([
      'Guest-web2.yaml',
      'Guest-web2.yaml',
      'HostClass-rack.yaml',
      'Network-red.yaml',
    ]);
    expect(rules).toEqual([]);
  });

  it('tell no missing reference while some text is unreadable', async () => {
    const directory = desiredDirectory({
      ...fleetFiles(BASE, 'Guest web3: { host: kvm-x, interfaces: [{ name: a, network: rde }] }'),
      'x.yaml': '[',
    });
    const { fleet } = await loadDirectory(directory, { cache: null });
    expect(check(fleet)).toEqual([]);
  });

  it('tell a slip in a class once, and count its hosts', async () => {
    const hosts = Array.from({ length: 5 }, (_, i) => `Host x${i}: { classes: [twice] }`);
    const { rules } = await problemsOf(
      BASE,
      `HostClass twice: { networks: { red: ${direct('vepa, pool: [{ device: eth0 }, { device: eth0 }]')} } }`,
      ...hosts,
    );
    expect(rules).toHaveLength(1);
    expect(rules[0]?.message).toMatch(/and 4 more/);
  });

  it('find room in pools that overlap, if there is any', async () => {
    const host = (blue: number) =>
      `Host kvm-c: { devices: { eth1: { maxGuests: 2 } }, networks: { red: ${direct('vepa, pool: [{ device: eth0, maxGuests: 1 }, { device: eth1 }]')}, blue: ${direct(`vepa, pool: [{ device: eth1, maxGuests: ${blue} }]`)} } }`;
    const guests = ['red', 'red', 'blue'].map(
      (network, i) => `Guest g${i}: { host: kvm-c, interfaces: [{ name: a, network: ${network} }] }`,
    );
    expect((await problemsOf(BASE, host(1), ...guests)).rules).toEqual([]);
    const more = 'Guest g9: { host: kvm-c, interfaces: [{ name: a, network: blue }] }';
    expect((await problemsOf(BASE, host(2), ...guests, more)).rules.map(({ code }) => code)).toEqual([
      'pool-too-small',
    ]);
  });

  it('warn of moved addresses that no probe watches', async () => {
    const entry = '{ type: bridge, bridge: br0, manage: true, uplinks: [eth0], moveAddresses: true }';
    const { rules } = await problemsOf(BASE, `Host kvm-c: { networks: { blue: ${entry} } }`);
    expect(rules).toMatchObject([
      { code: 'no-safety-probes', severity: 'warning', path: 'spec.networks.blue.moveAddresses' },
    ]);
    const watched = `Host kvm-c: { safety: { probes: [{ tcp: "git.example:22" }], timeout: 2m }, networks: { blue: ${entry} } }`;
    expect(await problemsOf(BASE, watched)).toEqual({ texts: [], rules: [] });
  });

  it.each(['ping: 192.0.2.256', 'ping: gw', 'tcp: gw', 'tcp: "gw:0"', 'tcp: "[192.0.2.1]:5"', 'tcp: "-x:5"'])(
    'refuse the probe %s',
    async (probe) => {
      const { texts } = await problemsOf(BASE, `Host kvm-c: { safety: { probes: [{ ${probe} }] } }`);
      expect(texts.map(({ path }) => path)).toEqual([expect.stringContaining('spec.safety.probes[0]')]);
    },
  );
});
