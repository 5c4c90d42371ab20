import { describe, expect, it } from 'vitest';
import type { Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { HostState, LinkState } from '../../src/model/host.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignBridge, hostAddress, makeHost, nic, planInMemory } from '../support/host.ts';

const BRIDGE: Realisation = { type: 'bridge', bridge: 'br-a', manage: true, uplinks: ['eth1'] };
const OVS: Realisation = { type: 'openvswitch', bridge: 'ovs-a', manage: true, uplinks: ['eth1'] };
const GUEST: SpecOf<'Guest'> = { host: 'h', interfaces: [{ name: 'e0', network: 'lan' }] };

function fleet(networks: Record<string, Realisation>, guests: Record<string, SpecOf<'Guest'>> = {}) {
  const declared = Object.fromEntries(Object.keys(networks).map((name) => [name, {}]));
  return makeFleet({ networks: declared, guests, hosts: { h: { networks } } });
}

function converged(from: HostState, documents: ReturnType<typeof fleet>): HostState {
  const { plan, steps } = planInMemory(documents, 'h', from);
  return simulate(from, plan.changes, steps);
}

function words({ plan }: ReturnType<typeof planInMemory>): string[] {
  return plan.changes.map(({ id, action, gate }) => `${action} ${id} ${gate.is}`);
}

function codes({ plan }: ReturnType<typeof planInMemory>): string[] {
  return plan.problems.map(({ code }) => code);
}

const host = () => makeHost([nic(2, 'eth1')]);

describe('an uplink', () => {
  it.each([
    ['a bridge', foreignBridge(9, 'eth1')],
    ['a tun', nic(9, 'eth1', { type: 'tun' })],
    ['wireguard', nic(9, 'eth1', { type: 'wireguard' })],
  ])('is none that the kernel would refuse: %s', (_, link) => {
    const planned = planInMemory(fleet({ lan: BRIDGE }), 'h', makeHost([link]));
    expect(words(planned)).toEqual(['create link:br-a open', 'create membership:eth1 blocked']);
    expect(codes(planned)).toEqual(['uplink-unfit']);
  });

  it('of Open vSwitch may be a bridge', () => {
    const planned = planInMemory(fleet({ lan: OVS }), 'h', makeHost([foreignBridge(9, 'eth1')]));
    expect(words(planned)).toEqual(['create ovs-bridge:ovs-a open', 'create ovs-port:eth1 open']);
  });
});

describe('what a stranger has', () => {
  const taken = (documents: ReturnType<typeof fleet>, ...links: LinkState[]) => {
    const state = makeHost([nic(2, 'eth1'), ...links]);
    return planInMemory(documents, 'h', state).plan.problems.map(
      ({ message, hint }) => `${message} → ${hint}`,
    );
  };
  const direct: Realisation = { type: 'direct', mode: 'bridge', pool: [{ device: 'eth1' }] };

  it('is told with what would free it', () => {
    const altname = nic(9, 'eth4', { type: 'veth', altnames: ['web1-e0'] });
    expect(taken(fleet({ lan: direct }, { web1: GUEST }), altname)).toEqual([
      "web1-e0: the name web1-e0 is taken by an altname of veth link eth4, which is not Plumbline's → " +
        'take the altname off it (ip link property del dev eth4 altname web1-e0), or name another one in the documents',
    ]);
    const macvlan = nic(9, 'mv', { type: 'macvlan', parent: 'eth1', macvlan: { mode: 'bridge' } });
    expect(taken(fleet({ lan: BRIDGE }), macvlan)).toEqual([
      expect.stringContaining('remove mv (ip link delete dev mv)'),
    ]);
    expect(taken(fleet({ lan: { ...OVS, uplinks: [] } }), foreignBridge(9, 'ovs-a'))).toEqual([
      expect.stringContaining('remove it (ip link delete dev ovs-a)'),
    ]);
    const port = nic(2, 'eth1', { master: 'br0', port: { isolated: false } });
    const state = makeHost([port, foreignBridge(9, 'br0')]);
    const [problem] = planInMemory(fleet({ lan: BRIDGE }), 'h', state).plan.problems;
    expect(problem?.hint).toContain('ip link set dev eth1 nomaster');
  });
});

describe("a stranger's address", () => {
  it('keeps the managed bridge that has it', () => {
    const state = converged(host(), fleet({ lan: BRIDGE }));
    state.links = state.links.map((link) => (link.name === 'br-a' ? withAddress(link) : link));
    const planned = planInMemory(fleet({}), 'h', state);
    expect(words(planned)).toEqual(['delete link:br-a taken', 'delete membership:eth1 blocked']);
    expect(planned.plan.problems).toMatchObject([
      { code: 'holds-strangers', hint: expect.stringContaining('ip address del 10.77.0.1/24 dev br-a') },
    ]);
  });

  it('keeps the Open vSwitch bridge that has it by its local port', () => {
    const state = converged(host(), fleet({ lan: OVS }));
    state.links.push(withAddress(nic(40, 'ovs-a')));
    const planned = planInMemory(fleet({}), 'h', state);
    expect(words(planned)).toContain('delete ovs-bridge:ovs-a taken');
    expect(codes(planned)).toEqual(['holds-strangers']);
  });

  it('keeps no guest’s device, and none that came with its uplink keeps the bridge', () => {
    const guests = { web1: GUEST };
    const moves: Realisation = { ...BRIDGE, moveAddresses: true };
    const from = makeHost([withAddress(nic(2, 'eth1'))]);
    const state = converged(from, fleet({ lan: moves }, guests));
    expect(state.links.find(({ name }) => name === 'br-a')?.globalAddresses).toEqual(['10.77.0.1/24']);
    state.links = state.links.map((link) =>
      link.name === 'web1-e0' ? withAddress(link, '10.77.0.2') : link,
    );
    const planned = planInMemory(fleet({}), 'h', state);
    expect(words(planned)).toEqual([
      'delete link:br-a open',
      'delete link:web1-e0 open',
      'delete membership:eth1 open',
    ]);
  });
});

function withAddress(link: LinkState, local = '10.77.0.1'): LinkState {
  const text = `${local}/24`;
  return { ...link, addresses: [hostAddress(text)], globalAddresses: [text] };
}
