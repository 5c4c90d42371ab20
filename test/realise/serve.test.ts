import { describe, expect, it } from 'vitest';
import type { Realisation } from '../../src/desired/documents.ts';
import { derivedGatewayMac } from '../../src/model/identity.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignBridge, nic, planInMemory } from '../support/host.ts';
import { codes, find, having, ids, LAB, labOn, realise, servingHost } from './served-host.ts';

const NAT: Realisation = { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' };
const eth0 = nic(2, 'eth0', having('192.0.2.7/24', 'fe80::7/64'));

describe('a virtual network', () => {
  it('is a bridge of its own with all that serving adds', () => {
    const realised = realise(labOn(NAT), servingHost([eth0]));
    expect(ids(realised)).toEqual([
      'address:virbr-lab/10.20.0.1/24',
      'address:virbr-lab/fd00:20::1/64',
      'firewall:lab',
      'firewall:~host',
      'link:virbr-lab',
      'link:web1-e0',
      'service:lab',
      'sysctl:net/ipv4/conf/eth0/forwarding',
      'sysctl:net/ipv4/conf/virbr-lab/forwarding',
      'sysctl:net/ipv6/conf/virbr-lab/accept_ra',
      'sysctl:net/ipv6/conf/virbr-lab/autoconf',
      'sysctl:net/ipv6/conf/virbr-lab/disable_ipv6',
      'sysctl:net/ipv6/conf/virbr-lab/force_forwarding',
      'sysctl:net/ipv6/conf/virbr-lab/forwarding',
    ]);
    expect(realised.problems).toEqual([]);
    expect(realised.networks.map((one) => one.realisation)).toEqual([
      'virtual nat virbr-lab, serves 10.20.0.1/24 and fd00:20::1/64',
    ]);
  });

  it('has a bridge without STP and delay, under an address that is the same on every host', () => {
    const { spec } = find(realise(labOn(NAT), servingHost([])), 'link', 'virbr-lab');
    expect(spec).toEqual({
      kind: 'bridge',
      up: true,
      mtu: null,
      mac: derivedGatewayMac('lab'),
      stp: false,
      forwardDelay: 0,
      ageingTime: null,
      multicastSnooping: null,
      linkLocal: true,
    });
    const mac = '02:00:00:00:00:aa';
    const own = find(realise(labOn({ ...NAT, mac, stp: true }), servingHost([])), 'link', 'virbr-lab');
    expect(own.spec).toMatchObject({ mac, stp: true, forwardDelay: null });
  });

  it('makes no IPv6 on the bridge where it has none', () => {
    const realised = realise(labOn(NAT, { addressing: LAB.addressing?.slice(0, 1) }), servingHost([eth0]));
    expect(find(realised, 'link', 'virbr-lab').spec).toMatchObject({ linkLocal: false });
    expect(find(realised, 'sysctl', 'net/ipv6/conf/virbr-lab/disable_ipv6').spec).toEqual({ value: '1' });
    expect(ids(realised)).not.toContain('sysctl:net/ipv6/conf/virbr-lab/forwarding');
  });

  it('is closed by its rules without any addressing, and serves nothing', () => {
    const realised = realise(labOn({ ...NAT, forward: 'isolated' }, {}), servingHost([eth0]));
    expect(ids(realised)).toEqual([
      'firewall:lab',
      'link:virbr-lab',
      'link:web1-e0',
      'sysctl:net/ipv6/conf/virbr-lab/accept_ra',
      'sysctl:net/ipv6/conf/virbr-lab/autoconf',
      'sysctl:net/ipv6/conf/virbr-lab/disable_ipv6',
    ]);
    expect(realised.networks[0]?.realisation).toBe('virtual isolated virbr-lab');
  });

  it('has no rules where all is open, but a place in the table, by which the guard of the host knows it', () => {
    const realised = realise(labOn({ ...NAT, forward: 'open' }), servingHost([eth0]));
    expect(ids(realised)).toContain('firewall:~host');
    expect(find(realised, 'firewall', 'lab').spec).toEqual({ link: 'virbr-lab', rules: [], whole: true });
    const { needs } = find(realised, 'address', 'virbr-lab/10.20.0.1/24');
    expect(needs.map(({ id }) => id)).toEqual(['link:virbr-lab', 'firewall:lab', 'firewall:~host']);
  });

  it('is not forwarded where it is isolated', () => {
    const realised = realise(labOn({ ...NAT, forward: 'isolated' }), servingHost([eth0]));
    expect(ids(realised).filter((id) => id.includes('forwarding') || id.includes('~host'))).toEqual([]);
  });

  it('gives no address before the rules and settings that belong to it, and no service before that', () => {
    const realised = realise(labOn(NAT), servingHost([eth0]));
    const needs = (kind: 'address' | 'service', name: string) =>
      find(realised, kind, name).needs.map(({ id }) => id);
    expect(needs('address', 'virbr-lab/10.20.0.1/24')).toEqual([
      'link:virbr-lab',
      'firewall:lab',
      'firewall:~host',
    ]);
    expect(needs('address', 'virbr-lab/fd00:20::1/64')).toContain(
      'sysctl:net/ipv6/conf/virbr-lab/disable_ipv6',
    );
    expect(needs('service', 'lab')).toEqual([
      'link:virbr-lab',
      'firewall:lab',
      'firewall:~host',
      'address:virbr-lab/10.20.0.1/24',
      'address:virbr-lab/fd00:20::1/64',
    ]);
  });

  it('leads the host behind a machine of the network', () => {
    const [v4] = LAB.addressing ?? [];
    if (v4 === undefined) throw new Error('no subnet');
    const addressing = [{ ...v4, routes: [{ to: '10.99.0.0/16', via: '10.20.0.254', metric: 5 }] }];
    const realised = realise(labOn(NAT, { addressing }), servingHost([eth0]));
    const { spec, needs } = find(realised, 'route', '10.99.0.0/16@virbr-lab');
    expect(spec).toEqual({
      destination: '10.99.0.0/16',
      gateway: '10.20.0.254',
      link: 'virbr-lab',
      metric: 5,
    });
    expect(needs.map(({ id }) => id)).toEqual(['link:virbr-lab', 'address:virbr-lab/10.20.0.1/24']);
  });

  it('comes to an empty plan', () => {
    const state = servingHost([eth0]);
    const fleet = labOn(NAT);
    const { plan, steps } = planInMemory(fleet, 'h', state);
    const after = simulate(state, plan.changes, steps);
    expect(planInMemory(fleet, 'h', after).plan.changes).toEqual([]);
    const none = planInMemory(makeFleet({ hosts: { h: {} } }), 'h', after);
    expect(none.plan.changes.map(({ id, action, gate }) => `${action} ${id} ${gate.is}`)).toEqual([
      'delete address:virbr-lab/10.20.0.1/24 open',
      'delete address:virbr-lab/fd00:20::1/64 open',
      'delete firewall:lab open',
      'delete firewall:~host open',
      'delete link:virbr-lab open',
      'delete link:web1-e0 open',
      'delete service:lab open',
    ]);
    // Nobody reaches the host by the bridge without the rules, and nothing is forwarded without the guard.
    const order = none.steps.map(({ change }) => change);
    expect(order.slice(-2)).toEqual(['link:virbr-lab', 'firewall:~host']);
    expect(order.indexOf('firewall:lab')).toBeGreaterThan(
      order.lastIndexOf('address:virbr-lab/10.20.0.1/24'),
    );
  });
});

describe('serving on a bridge', () => {
  const STRANGERS: Realisation = { type: 'bridge', bridge: 'br0', serve: true };

  it('sets nothing of one that stands already, and waits for it', () => {
    const fleet = labOn(STRANGERS);
    const state = servingHost([eth0, foreignBridge(3, 'br0')]);
    const realised = realise(fleet, state);
    expect(ids(realised).filter((id) => id.startsWith('link:'))).toEqual(['link:web1-e0']);
    expect(ids(realised).filter((id) => /br0\/(disable_ipv6|accept_ra|autoconf)$/.test(id))).toEqual([]);
    expect(ids(realised)).toContain('address:br0/10.20.0.1/24');

    const { plan } = planInMemory(fleet, 'h', servingHost([eth0]));
    expect(plan.changes.filter(({ gate, kind }) => gate.is === 'open' && kind !== 'firewall')).toEqual([
      expect.objectContaining({ id: 'sysctl:net/ipv4/conf/eth0/forwarding' }),
    ]);
    expect(plan.problems.map(({ code }) => code)).toEqual(['bridge-missing', 'bridge-missing']);
  });

  it('gives one of ours its settings, and leaves the IPv6 that it takes over alone', () => {
    const managed: Realisation = { ...STRANGERS, manage: true, uplinks: ['eth1'] };
    const network = { addressing: LAB.addressing?.slice(0, 1) };
    const state = servingHost([eth0, nic(3, 'eth1')]);
    const realised = realise(labOn(managed, network), state);
    expect(find(realised, 'sysctl', 'net/ipv6/conf/br0/disable_ipv6').spec).toEqual({ value: '1' });
    const moves = realise(labOn({ ...managed, moveAddresses: true }, network), state);
    expect(ids(moves)).not.toContain('sysctl:net/ipv6/conf/br0/disable_ipv6');
    expect(find(moves, 'sysctl', 'net/ipv6/conf/br0/accept_ra').spec).toEqual({ value: '0' });
  });

  it('takes the address of the uplink that moves to the bridge for the network, and the bridge for the way out', () => {
    const fleet = labOn({ ...STRANGERS, manage: true, uplinks: ['eth1'], moveAddresses: true });
    const realised = realise(fleet, servingHost([nic(3, 'eth1', having('10.20.0.9/24'))]));
    expect(codes(realised)).toEqual([]);
    expect(ids(realised).filter((id) => id.endsWith('/forwarding'))).toEqual([
      'sysctl:net/ipv4/conf/br0/forwarding',
      'sysctl:net/ipv6/conf/br0/forwarding',
    ]);
  });
});

describe('serving on a pool', () => {
  const DIRECT: Realisation = {
    type: 'direct',
    mode: 'bridge',
    pool: [{ device: 'eth2' }, { device: 'eth3' }],
    serve: true,
  };

  it('is a macvlan on the first device with a carrier', () => {
    const state = servingHost([eth0, nic(3, 'eth2', { carrier: false }), nic(4, 'eth3')]);
    const realised = realise(labOn(DIRECT), state);
    const link = find(realised, 'link', 'gw_lab');
    expect(link.spec).toEqual({
      kind: 'macvlan',
      up: true,
      mtu: null,
      mac: derivedGatewayMac('lab'),
      parent: 'eth3',
      mode: 'bridge',
    });
    expect(link.needs).toEqual([{ id: 'link:eth3', incarnation: true }]);
    expect(ids(realised)).toContain('address:gw_lab/10.20.0.1/24');
    expect(ids(realised)).toContain('sysctl:net/ipv6/conf/gw_lab/accept_ra');
    expect(realised.networks[0]?.realisation).toBe('direct bridge, serves 10.20.0.1/24 and fd00:20::1/64');
  });

  it('stays on the device that it has, until that is no longer of the pool', () => {
    const links = [eth0, nic(3, 'eth2'), nic(4, 'eth3', { carrier: false })];
    const standing = nic(5, 'gw_lab', {
      type: 'macvlan',
      alias: 'plumbline:Network/lab',
      parent: 'eth3',
      macvlan: { mode: 'bridge' },
    });
    const parent = (realisation: Realisation) =>
      find(realise(labOn(realisation), servingHost([...links, standing])), 'link', 'gw_lab').spec;
    expect(parent(DIRECT)).toMatchObject({ parent: 'eth3' });
    expect(parent({ ...DIRECT, pool: [{ device: 'eth2' }] })).toMatchObject({ parent: 'eth2' });
  });

  it('leaves all as it is where the whole pool is missing', () => {
    const realised = realise(labOn(DIRECT), servingHost([eth0]));
    expect(ids(realised)).toEqual([]);
    expect([...realised.unplanned]).toEqual(
      expect.arrayContaining(['link:gw_lab', 'service:lab', 'firewall:lab', 'address:gw_lab/10.20.0.1/24']),
    );
    expect(new Set(codes(realised))).toEqual(new Set(['device-missing', 'pool-full']));
  });
});

describe('serving on Open vSwitch', () => {
  const network = { ...LAB, portGroups: [{ name: 'web', vlan: { tag: 42 } }] };
  const OVS: Realisation = {
    type: 'openvswitch',
    bridge: 'ovs0',
    manage: true,
    serve: { portGroup: 'web' },
  };

  it('is an internal port with the VLAN of the port group', () => {
    const realised = realise(labOn(OVS, network), servingHost([eth0]));
    expect(find(realised, 'ovs-port', 'gw_lab').spec).toMatchObject({
      bridge: 'ovs0',
      internal: true,
      vlanMode: 'access',
      tag: 42,
      externalIds: {},
    });
    const link = find(realised, 'link', 'gw_lab');
    expect(link.spec).toEqual({ kind: 'internal', up: true, mtu: null, mac: derivedGatewayMac('lab') });
    expect(link.needs).toEqual([{ id: 'ovs-port:gw_lab', incarnation: true }]);
  });

  it('is where guests are that name no port group', () => {
    const groups = [{ name: 'web', default: true, vlan: { tag: 42 } }];
    const realised = realise(
      labOn({ ...OVS, serve: true }, { ...LAB, portGroups: groups }),
      servingHost([eth0]),
    );
    expect(find(realised, 'ovs-port', 'gw_lab').spec).toMatchObject({ vlanMode: 'access', tag: 42 });
  });

  it('is left as it is where Open vSwitch cannot be reached', () => {
    const realised = realise(labOn(OVS, network), servingHost([eth0], { ovs: null }));
    expect(ids(realised)).toEqual([]);
    expect([...realised.unplanned]).toEqual(expect.arrayContaining(['ovs-port:gw_lab', 'service:lab']));
    expect(codes(realised)).toEqual(['ovs-unreachable']);
  });
});

it('serves nothing where nobody asks for it', () => {
  const realised = realise(labOn({ type: 'bridge', bridge: 'br0', manage: true }), servingHost([eth0]));
  expect(ids(realised)).toEqual(['link:br0', 'link:web1-e0']);
});

it('leaves a skipped network alone', () => {
  const realised = realise(labOn(NAT), servingHost([eth0]), new Map([['lab', 'no such thing here']]));
  expect(ids(realised)).toEqual([]);
  expect([...realised.unplanned].sort()).toEqual([
    'address:virbr-lab/10.20.0.1/24',
    'address:virbr-lab/fd00:20::1/64',
    'firewall:lab',
    'link:virbr-lab',
    'link:web1-e0',
    'ovs-port:virbr-lab',
    'ovs-port:web1-e0',
    'service:lab',
  ]);
});

describe('two networks that ask for the same', () => {
  const two = (forward: 'nat' | 'route') =>
    makeFleet({
      networks: { lab: LAB, red: { addressing: [{ subnet: '10.30.0.0/24', gateway: '10.30.0.1' }] } },
      hosts: {
        h: { networks: { lab: NAT, red: { type: 'virtual', bridge: 'virbr-red', forward } } },
      },
    });

  it('get it once, after the rules of both', () => {
    const realised = realise(two('route'), servingHost([eth0]));
    expect(realised.problems).toEqual([]);
    const { needs } = find(realised, 'sysctl', 'net/ipv4/conf/eth0/forwarding');
    expect(needs.map(({ id }) => id)).toEqual(['firewall:~host', 'firewall:lab', 'firewall:red']);
  });

  it('are guarded by one rule, which stays as it is whichever of them comes or goes', () => {
    const { spec } = find(realise(two('nat'), servingHost([eth0])), 'firewall', '~host');
    const guard = JSON.stringify(spec.rules[0]?.expr);
    expect(guard).toContain('@links');
    expect(guard).not.toContain('virbr');
    const one = find(realise(labOn(NAT), servingHost([eth0])), 'firewall', '~host');
    expect(JSON.stringify(one.spec.rules[0]?.expr)).toBe(guard);
  });

  it('state for one bridge what the other leaves open, and are told where they differ', () => {
    const bridge = (stp: boolean, serve: boolean): Realisation => ({
      type: 'bridge',
      bridge: 'br0',
      manage: true,
      stp,
      serve,
    });
    const fleet = (stp: boolean) =>
      makeFleet({
        networks: { a: {}, lab: LAB },
        hosts: { h: { networks: { a: bridge(false, false), lab: bridge(stp, true) } } },
      });
    const alike = realise(fleet(false), servingHost([eth0]));
    expect(find(alike, 'link', 'br0').spec).toMatchObject({ linkLocal: true, stp: false });
    expect(codes(alike)).toEqual([]);
    const unlike = realise(fleet(true), servingHost([eth0]));
    expect(find(unlike, 'link', 'br0').spec).toMatchObject({ stp: false });
    expect(codes(unlike)).toContain('wanted-twice');
  });
});
