import { describe, expect, it } from 'vitest';
import { renderPlanText } from '../../src/render/plan-text.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

const numbers = ['1', '2', '10'];
const fleet = makeFleet({
  networks: { red: {}, net10: {}, net2: {} },
  hosts: {
    h: {
      networks: {
        red: { type: 'direct', mode: 'vepa', pool: [{ device: 'eth0' }] },
        net10: { type: 'bridge', bridge: 'br10', manage: true },
        net2: { type: 'bridge', bridge: 'br2', manage: true },
      },
    },
  },
  guests: Object.fromEntries(
    numbers.map((number) => [
      `g${number}`,
      { host: 'h', interfaces: ['eth10', 'eth2'].map((name) => ({ name, network: 'red' })) },
    ]),
  ),
});
const { plan } = planInMemory(fleet, 'h', makeHost([nic(1, 'eth0')]));

function text(): string {
  return renderPlanText(plan, {
    color: false,
    unicode: true,
    width: 110,
    outcomes: null,
    command: 'plan',
    next: null,
    holderName: () => null,
  });
}

describe('numbers in names', () => {
  it('count as numbers in a plan for people', () => {
    expect(text().match(/g\d+ eth\d+/g)).toEqual([
      'g1 eth2',
      'g1 eth10',
      'g2 eth2',
      'g2 eth10',
      'g10 eth2',
      'g10 eth10',
    ]);
    expect(text().match(/^(net\d+|red)/gm)).toEqual(['net2', 'net10', 'red']);
  });

  it('do not in a plan for programs, whose digest depends on its order', () => {
    const names = plan.changes.map(({ name }) => name);
    expect(names).toEqual([
      'br10',
      'br2',
      'g1-eth10',
      'g1-eth2',
      'g10-eth10',
      'g10-eth2',
      'g2-eth10',
      'g2-eth2',
    ]);
  });
});
