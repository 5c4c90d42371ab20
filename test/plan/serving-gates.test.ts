import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/desired/fleet.ts';
import type { HostState } from '../../src/model/host.ts';
import type { AnyWanted, Held } from '../../src/model/resource.ts';
import { idOf } from '../../src/model/resource.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { address, internalPort, link, onLink } from '../kinds/wanted.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignBridge, makeHost, nic, planInMemory } from '../support/host.ts';

const MAC = '5a:00:00:00:00:77';
const GUESTS = ['a', 'b', 'c', 'd'];

type Entries = NonNullable<Parameters<typeof makeFleet>[0]['hosts']>[string]['networks'];

function fleet(networks: Entries, guests: readonly string[] = GUESTS): Fleet {
  const names = Object.keys(networks ?? {});
  return makeFleet({
    networks: Object.fromEntries(names.map((name) => [name, {}])),
    hosts: { h: { networks } },
    guests: Object.fromEntries(
      guests.map((name) => [name, { host: 'h', interfaces: [{ name: 'e0', network: names[0] ?? '' }] }]),
    ),
  });
}

function converged(documents: Fleet, extra: AnyWanted[]): HostState {
  const from = makeHost([nic(2, 'eth1'), foreignBridge(3, 'br0')]);
  const { plan, steps } = planInMemory(documents, 'h', from, { extra });
  const state = simulate(from, plan.changes, steps);
  expect(planInMemory(documents, 'h', state, { extra }).plan.changes).toEqual([]);
  return state;
}

const held = new Map<string, Held>(GUESTS.map((name) => [`${name}-e0`, { is: 'held', pids: [7] }]));

const bridge = fleet({ lan: { type: 'bridge', bridge: 'br-lan', manage: true } });
const CASES: [string, Fleet, AnyWanted[], string][] = [
  ['the bridge', bridge, [], 'br-lan'],
  [
    'a macvlan beside them',
    fleet({ red: { type: 'direct', mode: 'bridge', pool: [{ device: 'eth1' }] } }),
    [
      link('gw', { kind: 'macvlan', up: true, mtu: null, mac: MAC, parent: 'eth1', mode: 'bridge' }, [
        onLink('eth1'),
      ]),
    ],
    'gw',
  ],
  [
    'an internal port of their switch',
    fleet({ lan: { type: 'openvswitch', bridge: 'sw', manage: true } }),
    [
      internalPort('gw', 'sw'),
      link('gw', { kind: 'internal', up: true, mtu: null, mac: MAC }, [
        { id: idOf('ovs-port', 'gw'), incarnation: true },
      ]),
    ],
    'gw',
  ],
];

/** A bridge that nobody here manages. */
const ON_STRANGERS: (typeof CASES)[number] = [
  "a stranger's bridge",
  fleet({ lan: { type: 'bridge', bridge: 'br0' } }),
  [],
  'br0',
];

describe('an address by which guests are served', () => {
  it.each(CASES)(
    'on %s: its removal interrupts all of them, and the guard counts them',
    (_, documents, makes, on) => {
      const gateway = address(on, '10.20.0.1/24');
      const state = converged(documents, [...makes, gateway]);
      const { changes } = planInMemory(documents, 'h', state, { extra: makes, held }).plan;
      expect(
        changes.map(({ id, action, impact, guests, running, gate }) => ({
          id,
          action,
          impact,
          guests,
          running,
          gate: gate.is,
        })),
      ).toEqual([
        {
          id: gateway.id,
          action: 'delete',
          impact: 'interrupt',
          guests: GUESTS,
          running: GUESTS,
          gate: 'open',
        },
      ]);
      const guarded = planInMemory(documents, 'h', state, { extra: makes, held, allowPrune: false }).plan;
      expect(guarded.changes.map(({ gate }) => gate)).toEqual([{ is: 'held', why: 'guard', held: null }]);
    },
  );

  it('comes without anybody noticing', () => {
    const state = converged(bridge, []);
    const extra = [address('br-lan', '10.20.0.1/24')];
    expect(
      planInMemory(bridge, 'h', state, { extra, held }).plan.changes.map(({ impact }) => impact),
    ).toEqual(['none']);
  });

  it.each([...CASES, ON_STRANGERS])(
    'on %s: it stays, with its network, until the last guest that runs there has left',
    (_, documents, makes, on) => {
      const gateway = address(on, '10.20.0.1/24');
      const extra = [...makes, gateway];
      const state = converged(documents, extra);
      const gone = fleet({}, []);
      const last = new Map(held);
      for (const running of [4, 1]) {
        for (const guest of GUESTS.slice(running)) last.delete(`${guest}-e0`);
        const { plan, steps } = planInMemory(gone, 'h', state, { held: last });
        for (const { id } of extra) {
          expect(plan.changes.find((change) => change.id === id)?.gate).toMatchObject({ is: 'blocked' });
        }
        const after = simulate(state, plan.changes, steps);
        expect(after.links.find(({ name }) => name === on)?.globalAddresses).toEqual(['10.20.0.1/24']);
      }
      const { plan } = planInMemory(gone, 'h', state, {});
      expect(plan.changes.filter(({ gate }) => gate.is !== 'open')).toEqual([]);
      expect(plan.changes.some(({ id, action }) => id === gateway.id && action === 'delete')).toBe(true);
    },
  );

  it.each([...CASES, ON_STRANGERS])(
    'on %s: it goes when the network is to be served no more, whoever is about to leave',
    (_, documents, makes, on) => {
      const gateway = address(on, '10.20.0.1/24');
      const state = converged(documents, [...makes, gateway]);
      const fewer = { ...documents, guests: new Map([...documents.guests].slice(0, 1)) };
      const { changes } = planInMemory(fewer, 'h', state, { extra: makes, held }).plan;
      expect(changes.find(({ id }) => id === gateway.id)?.gate).toEqual({ is: 'open' });
    },
  );

  it('changes while guests run whose own changes are held', () => {
    const gateway = address('br-lan', '10.20.0.1/24');
    const state = converged(bridge, [gateway]);
    const queues = makeFleet({
      networks: { lan: {} },
      hosts: { h: { networks: { lan: { type: 'bridge', bridge: 'br-lan', manage: true } } } },
      guests: Object.fromEntries(
        GUESTS.map((name) => [name, { host: 'h', interfaces: [{ name: 'e0', network: 'lan', queues: 4 }] }]),
      ),
    });
    const next = address('br-lan', '10.20.0.2/24');
    const { changes } = planInMemory(queues, 'h', state, { extra: [next], held }).plan;
    expect(changes.map(({ id, action, gate }) => `${action} ${id} ${gate.is}`).sort()).toEqual(
      [
        ...GUESTS.map((name) => `replace link:${name}-e0 held`),
        `create ${next.id} open`,
        `delete ${gateway.id} open`,
      ].sort(),
    );
  });
});
