import type { Realisation, SpecOf } from '../../src/desired/documents.ts';
import type { HostState, LinkState } from '../../src/model/host.ts';
import type { Planned } from '../../src/plan/plan.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

type Guests = Record<string, SpecOf<'Guest'>>;

export const POOL = { type: 'direct', mode: 'bridge', pool: [{ device: 'eth2' }] } satisfies Realisation;
export const BRIDGE = {
  type: 'bridge',
  bridge: 'br-a',
  manage: true,
  uplinks: ['eth1'],
} satisfies Realisation;
export const OVS = {
  type: 'openvswitch',
  bridge: 'ovs-a',
  manage: true,
  uplinks: ['eth1'],
} satisfies Realisation;

export function fleet(
  networks: Record<string, Realisation>,
  guests: Guests = {},
  spec: SpecOf<'Network'> = {},
) {
  const declared = Object.fromEntries(Object.keys(networks).map((name) => [name, spec]));
  return makeFleet({ networks: declared, guests, hosts: { h: { networks } } });
}

export function guest(
  network: string,
  rest: Partial<SpecOf<'Guest'>['interfaces'][number]> = {},
): SpecOf<'Guest'> {
  return { host: 'h', interfaces: [{ name: 'e0', network, ...rest }] };
}

export function host(...more: LinkState[]): HostState {
  return makeHost([nic(2, 'eth1'), nic(3, 'eth2'), ...more]);
}

export function converged(from: HostState, documents: ReturnType<typeof fleet>): HostState {
  const { plan, steps } = planInMemory(documents, 'h', from);
  return simulate(from, plan.changes, steps);
}

/** Each change in a word: `+link:web1-e0` goes ahead, `link:web1-e0 held` does not. */
export function words({ plan }: Planned): string[] {
  const symbols = { create: '+', update: '~', replace: '±', delete: '-' };
  return plan.changes.map(
    ({ id, action, gate }) => `${symbols[action]}${id}${gate.is === 'open' ? '' : ` ${gate.is}`}`,
  );
}

export function codes({ plan }: Planned): string[] {
  return plan.problems.map((problem) => problem.code);
}
