import { describe, expect, it } from 'vitest';
import type { Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { Held } from '../../src/model/resource.ts';
import {
  foreignBridge,
  foreignMacvtap,
  foreignTap,
  makeHost,
  nic,
  type PlanOptions,
  planInMemory,
} from '../support/host.ts';
import { BRIDGE, codes, converged, fleet, guest, host, OVS, POOL, words } from './small-fleets.ts';

function held(...names: string[]): PlanOptions {
  return { held: new Map(names.map((name): [string, Held] => [name, { is: 'held', pids: [7] }])) };
}

describe('what a stranger has', () => {
  it('keeps its name, and the rest goes on', () => {
    const planned = planInMemory(
      fleet({ lan: BRIDGE }, { web1: guest('lan'), web2: guest('lan') }),
      'h',
      host(foreignTap(9, 'web1-e0')),
    );
    expect(words(planned)).toEqual([
      '+link:br-a',
      '+link:web1-e0 taken',
      '+link:web2-e0',
      '+membership:eth1',
    ]);
    expect(codes(planned)).toEqual(['name-taken']);
  });

  it('keeps its altname', () => {
    const long = 'a-very-long-interface-name';
    const documents = fleet(
      { lan: { type: 'bridge', bridge: 'br0' } },
      { web1: guest('lan', { name: long }) },
    );
    const planned = planInMemory(
      documents,
      'h',
      host(foreignBridge(8, 'br0'), nic(9, 'eth9', { altnames: [`web1-${long}`] })),
    );
    expect(words(planned)).toEqual([expect.stringMatching(/^\+link:web1-a-\w{8} taken$/)]);
    expect(codes(planned)).toEqual(['name-taken']);
  });

  it.each([
    [
      'a bridge port is no macvtap parent',
      nic(3, 'eth2', { master: 'br9', port: { isolated: false } }),
      'device-in-use',
    ],
    [
      'a passthrough macvtap has its parent alone',
      foreignMacvtap(9, 'mv', 'eth2', { macvtap: { mode: 'passthru' } }),
      'pool-full',
    ],
    [
      'a MAC is once on a parent',
      foreignMacvtap(9, 'mv', 'eth2', { mac: '52:54:00:00:00:01' }),
      'mac-in-use',
    ],
    ["the parent's own MAC counts", nic(3, 'eth2', { mac: '52:54:00:00:00:01' }), 'mac-in-use'],
  ])('%s', (_, stranger, code) => {
    const state = makeHost([nic(2, 'eth1'), ...(stranger.name === 'eth2' ? [] : [nic(3, 'eth2')]), stranger]);
    const documents = fleet({ red: POOL }, { web1: guest('red', { mac: '52:54:00:00:00:01' }) });
    const planned = planInMemory(documents, 'h', state);
    expect(words(planned).filter((word) => !/ (taken|blocked)$/.test(word))).toEqual([]);
    expect(codes(planned)).toEqual([code]);
  });

  it('is no uplink while it is the parent of macvtaps', () => {
    const planned = planInMemory(fleet({ lan: BRIDGE }), 'h', host(foreignMacvtap(9, 'mv', 'eth1')));
    expect(words(planned)).toEqual(['+link:br-a', '+membership:eth1 taken']);
    expect(codes(planned)).toEqual(['device-in-use']);
  });

  it('in a managed bridge keeps that bridge standing', () => {
    const state = converged(host(), fleet({ lan: BRIDGE }));
    state.links.push(foreignTap(30, 'vnet0', { master: 'br-a', port: { isolated: false } }));
    const planned = planInMemory(fleet({}), 'h', state);
    expect(words(planned)).toEqual(['-link:br-a taken', '-membership:eth1 blocked']);
    expect(codes(planned)).toEqual(['holds-strangers']);
  });

  it.each([
    foreignMacvtap(30, 'mvz', 'br-a'),
    nic(30, 'mvz', { type: 'macvlan', parent: 'br-a' }),
    nic(30, 'mvz', { type: 'vlan', parent: 'br-a' }),
  ])('on top of a managed bridge is no port that could be taken out of it', (stranger) => {
    const before = converged(host(), fleet({ lan: BRIDGE }));
    const state = { ...before, links: [...before.links, stranger] };
    const hint = 'remove mvz first, or make it anew on another device';
    const message = expect.stringMatching(/mvz.* stands on it and is not Plumbline's$/);
    expect(planInMemory(fleet({}), 'h', state).plan.problems).toMatchObject([{ message, hint }]);
  });
});

describe('taking over', () => {
  const tap = foreignTap(9, 'web1-e0', { master: 'br0', port: { isolated: false } });
  const documents = (queues: number) =>
    fleet({ lan: { type: 'bridge', bridge: 'br0' } }, { web1: { ...guest('lan', { queues }), adopt: true } });

  it('marks what is exactly what is wanted', () => {
    const planned = planInMemory(documents(1), 'h', host(foreignBridge(8, 'br0'), tap));
    expect(words(planned)).toEqual(['~link:web1-e0']);
    expect(planned.plan.changes[0]?.impact).toBe('none');
  });

  it('is refused for what differs, with the fields', () => {
    const planned = planInMemory(documents(4), 'h', host(foreignBridge(8, 'br0'), tap));
    expect(words(planned)).toEqual(['+link:web1-e0 taken']);
    expect(planned.plan.problems[0]?.message).toContain('multiQueue');
  });
});

describe('a NIC in a VRF', () => {
  const vrf = nic(9, 'vrf-blue', { type: 'vrf' });
  const inside = (name: string) =>
    makeHost(
      [nic(2, 'eth1'), nic(3, 'eth2'), vrf].map((one) =>
        one.name === name ? { ...one, master: vrf.name } : one,
      ),
    );

  it('takes macvtaps, for a VRF takes no frames', () => {
    const planned = planInMemory(fleet({ red: POOL }, { web1: guest('red') }), 'h', inside('eth2'));
    expect([words(planned), codes(planned)]).toEqual([['+link:web1-e0'], []]);
  });

  it('is no uplink, for a bridge would be its second master', () => {
    const planned = planInMemory(fleet({ red: BRIDGE }), 'h', inside('eth1'));
    expect(words(planned)).toEqual(['+link:br-a', '+membership:eth1 taken']);
  });
});

describe('what is not ours is looked at before a change', () => {
  it.each([
    [
      "the host's own address",
      BRIDGE,
      [nic(2, 'eth1', { globalAddresses: ['192.0.2.1/24'] })],
      {},
      'uplink-has-address',
    ],
    ['a bridge that is missing', { type: 'bridge', bridge: 'br9' }, [], {}, 'bridge-missing'],
    ['a bridge that is none', { type: 'bridge', bridge: 'eth1' }, [nic(2, 'eth1')], {}, 'not-a-bridge'],
    [
      'an MTU that would lower a bridge',
      { type: 'bridge', bridge: 'br0' },
      [foreignBridge(8, 'br0', { mtu: 9000 })],
      { mtu: 1500 },
      'mtu-lowers-bridge',
    ],
    ["an MTU above the parent's", POOL, [nic(3, 'eth2')], { mtu: 9000 }, 'mtu-above-parent'],
    ['a pool device that is missing', POOL, [], {}, 'device-missing'],
  ] as const)('%s', (_, entry, links, spec, code) => {
    const planned = planInMemory(
      fleet({ lan: entry }, { web1: guest('lan') }, spec),
      'h',
      makeHost([...links]),
    );
    expect(codes(planned)).toContain(code);
    expect(words(planned).filter((word) => word === '+link:web1-e0')).toEqual(
      entry === BRIDGE ? ['+link:web1-e0'] : [],
    );
  });

  it('follows the MTU of a bridge that is not ours, where the network states none', () => {
    const state = host(foreignBridge(8, 'br0', { mtu: 9000 }));
    const planned = planInMemory(
      fleet({ lan: { type: 'bridge', bridge: 'br0' } }, { web1: guest('lan') }),
      'h',
      state,
    );
    expect(planned.plan.changes[0]?.after?.spec).toMatchObject({ mtu: 9000 });
  });
});

describe('a guest that runs', () => {
  const here = fleet({ lan: BRIDGE, red: POOL }, { web1: guest('lan') });

  it('keeps its device, its bridge and its uplink when git has moved it away', () => {
    const planned = planInMemory(fleet({ red: POOL }), 'h', converged(host(), here), held('web1-e0'));
    expect(words(planned)).toEqual(['-link:br-a blocked', '-link:web1-e0 held', '-membership:eth1 blocked']);
    expect(planned.plan.summary).toMatchObject({ delete: 0, held: 3, skipped: 0 });
  });

  it('keeps its Open vSwitch port when its new network needs another device', () => {
    const before = fleet({ lan: OVS, red: POOL }, { web1: guest('lan') });
    const after = fleet({ lan: OVS, red: POOL }, { web1: guest('red') });
    const planned = planInMemory(after, 'h', converged(host(), before), held('web1-e0'));
    expect(words(planned)).toEqual(['±link:web1-e0 held', '-ovs-port:web1-e0 blocked']);
  });

  it('counts as running where nobody can tell', () => {
    const unknown = new Map<string, Held>([['web1-e0', { is: 'unknown', why: 'no rights' }]]);
    const planned = planInMemory(fleet({}), 'h', converged(host(), here), { held: unknown });
    expect(words(planned)).toContain('-link:web1-e0 held');
  });

  it('is cut only with permission', () => {
    const planned = planInMemory(fleet({}), 'h', converged(host(), here), {
      ...held('web1-e0'),
      allowRecreate: true,
    });
    expect(words(planned)).toEqual(['-link:br-a', '-link:web1-e0', '-membership:eth1']);
    expect(planned.plan.changes.find((c) => c.id === 'link:web1-e0')?.running).toEqual(['web1']);
  });

  it('keeps its uplink when git gives that to another bridge', () => {
    const after = fleet({ new: { ...BRIDGE, bridge: 'br-b' }, red: POOL });
    const planned = planInMemory(after, 'h', converged(host(), here), held('web1-e0'));
    expect(words(planned)).toEqual([
      '-link:br-a blocked',
      '+link:br-b',
      '-link:web1-e0 held',
      '~membership:eth1 blocked',
    ]);
    expect(planned.plan.summary).toMatchObject({ create: 1, held: 3, skipped: 0 });
  });

  it('counts on its entry of the pool while it leaves', () => {
    const one: Realisation = { ...POOL, pool: [{ device: 'eth2', maxGuests: 1 }] };
    const state = converged(host(), fleet({ red: one }, { web1: guest('red') }));
    const planned = planInMemory(fleet({ red: one }, { web2: guest('red') }), 'h', state, held('web1-e0'));
    expect(codes(planned)).toEqual(['pool-full']);
    expect(planned.plan.networks[0]).toMatchObject({
      pool: [{ used: 1, capacity: 1 }],
      guests: 1,
      undecided: 1,
    });
  });

  it('takes its place in the pool until it lets go', () => {
    const one: Realisation = { ...POOL, pool: [{ device: 'eth2' }] };
    const state = converged(host(), fleet({ red: { ...one, mode: 'passthrough' } }, { web1: guest('red') }));
    const next = fleet({ red: { ...one, mode: 'passthrough' } }, { web2: guest('red') });
    expect(codes(planInMemory(next, 'h', state, held('web1-e0')))).toEqual(['pool-full']);
    expect(words(planInMemory(next, 'h', state))).toEqual(['-link:web1-e0', '+link:web2-e0']);
  });
});

describe('what the controller leaves alone', () => {
  const both = (stp: boolean, rest: Partial<SpecOf<'Guest'>['interfaces'][number]> = {}) =>
    fleet(
      { lan: { ...OVS }, red: { ...BRIDGE, bridge: 'br-r', uplinks: ['eth2'], stp } },
      {
        web1: {
          host: 'h',
          interfaces: [
            { name: 'e0', network: 'lan' },
            { name: 'e1', network: 'red', ...rest },
          ],
        },
        web2: guest('red', rest),
      },
    );
  const state = converged(host(), both(false));

  it('is all of a paused guest, and nothing else', () => {
    const drifted = structuredClone(state);
    drifted.links = drifted.links.filter((link) => link.tap === null);
    const planned = planInMemory(both(true), 'h', drifted, {
      pausedGuests: new Set(['web1']),
      allowRecreate: true,
    });
    expect(words(planned)).toEqual([
      '~link:br-r',
      '+link:web1-e0 held',
      '+link:web1-e1 held',
      '+link:web2-e0',
      '±ovs-port:web1-e0 held',
    ]);
    const gates = planned.plan.changes.flatMap(({ gate }) => (gate.is === 'held' ? [gate.why] : []));
    expect(gates).toEqual(['paused', 'paused', 'paused']);
  });

  it('stays when git no longer names the paused guest, with all that it stands on', () => {
    const planned = planInMemory(fleet({}), 'h', state, { pausedGuests: new Set(['web2']) });
    expect(words(planned).filter((word) => / (held|blocked)$/.test(word))).toEqual([
      '-link:br-r blocked',
      '-link:web2-e0 held',
      '-membership:eth2 blocked',
    ]);
  });

  it('is not voided by what it stands on', () => {
    const after = fleet({ lan: OVS }, { web1: guest('lan', { queues: 4 }) });
    const before = converged(host(), fleet({ lan: OVS }, { web1: guest('lan') }));
    expect(words(planInMemory(after, 'h', before))).toEqual(['±link:web1-e0', '±ovs-port:web1-e0']);
    const planned = planInMemory(after, 'h', before, {
      withheld: new Map([['ovs-port:web1-e0', 'contended']]),
    });
    expect(words(planned)).toEqual(['±link:web1-e0 held']);
  });

  it('is a contended resource by itself', () => {
    const planned = planInMemory(both(false, { queues: 4 }), 'h', state, {
      withheld: new Map([['link:web2-e0', 'contended']]),
    });
    expect(words(planned)).toEqual(['±link:web1-e1', '±link:web2-e0 held']);
    expect(planned.plan.changes[1]?.gate).toEqual({ is: 'held', why: 'contended', held: null });
    expect(planned.plan.digest).toBe(planInMemory(both(false, { queues: 4 }), 'h', state).plan.digest);
  });

  it('skips what needs it', () => {
    const planned = planInMemory(both(false), 'h', host(), {
      withheld: new Map([['link:br-r', 'contended']]),
    });
    expect(words(planned)).toContain('+link:web2-e0 blocked');
    expect(words(planned)).toContain('+link:web1-e0');
  });
});

describe('the guard', () => {
  const many = (n: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`g${i}`, guest('lan')] as const));
  const all = many(12);
  const state = converged(host(), fleet({ lan: BRIDGE }, all));

  it.each([
    [1, true],
    [2, false],
  ])('stops a run that would leave %i of 12 devices: %s', (left, stopped) => {
    const documents = fleet({ lan: BRIDGE }, many(left));
    const planned = planInMemory(documents, 'h', state, { allowPrune: false });
    expect(codes(planned)).toEqual(stopped ? ['guard-prune'] : []);
    expect(planned.plan.summary.held > 0).toBe(stopped);
    const approved = planInMemory(documents, 'h', state, { allowPrune: true });
    expect(approved.plan.digest).toBe(planned.plan.digest);
    expect(approved.plan.summary.held).toBe(0);
  });

  it('stops a run that would cut more running guests than allowed', () => {
    const names = Object.keys(all).map((name) => `${name}-e0`);
    const stp = fleet({ lan: { ...BRIDGE, stp: true } }, all);
    const cut = (...running: string[]) =>
      codes(planInMemory(stp, 'h', state, { ...held(...running), allowPrune: false }));
    expect(cut(...names.slice(0, 3))).toEqual([]);
    expect(cut(...names.slice(0, 4))).toEqual(['guard-cut']);
  });
});

describe('networks that share a managed bridge', () => {
  it.each([['red'], ['zed']])('may take it over if %s says so', (adopting) => {
    const entries = Object.fromEntries(
      ['red', 'zed'].map((name): [string, Realisation] => [
        name,
        { type: 'bridge', bridge: 'br-a', manage: true, ...(name === adopting && { adopt: true }) },
      ]),
    );
    const bridge = { stp: false, forwardDelay: 0, ageingTime: 300, multicastSnooping: true };
    const planned = planInMemory(fleet(entries), 'h', host(foreignBridge(8, 'br-a', { bridge })));
    expect(words(planned)).toEqual(['~link:br-a']);
  });
});
