import { expect, it } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

type Entry = { device: string; maxGuests?: number };

function fleet(pool: Entry[], devices: SpecOf<'Host'>['devices'] = {}, more: Entry[] = []) {
  const guest = (network: string): SpecOf<'Guest'> => ({ host: 'h', interfaces: [{ name: 'e0', network }] });
  const direct = (entries: Entry[]) => ({ type: 'direct' as const, mode: 'bridge' as const, pool: entries });
  return makeFleet({
    networks: { red: {}, ...(more.length > 0 && { blue: {} }) },
    guests: { a: guest('red'), b: guest(more.length > 0 ? 'blue' : 'red') },
    hosts: {
      h: { devices, networks: { red: direct(pool), ...(more.length > 0 && { blue: direct(more) }) } },
    },
  });
}

const host = (...names: string[]) => makeHost(names.map((name, i) => nic(i + 2, name)));

function standing(documents: ReturnType<typeof fleet>, ...names: string[]) {
  const state = host(...names);
  const { plan, steps } = planInMemory(documents, 'h', state);
  return simulate(state, plan.changes, steps);
}

it('counts a NIC once that two entries of a pool name', () => {
  const pool = [
    { device: 'f0', maxGuests: 1 },
    { device: 'f2', maxGuests: 1 },
  ];
  const devices = { f0: { match: { altname: 'enp65s0f0' } }, f2: { match: { name: 'eth2' } } };
  const state = makeHost([nic(2, 'eth2', { altnames: ['enp65s0f0'] })]);
  const { plan } = planInMemory(fleet(pool, devices), 'h', state);
  expect(plan.networks[0]?.pool).toMatchObject([{ used: 1, capacity: 1 }]);
  expect(plan.problems.find(({ code }) => code === 'pool-device-twice')).toMatchObject({
    severity: 'error',
    message: 'network red: the pool devices f0 and f2 are both eth2 on this host; f2 counts for nothing',
  });
  expect(plan.problems.map(({ code }) => code).sort()).toEqual(['pool-device-twice', 'pool-full']);
});

it('says that a device has more guests than its limit, and moves none', () => {
  const state = standing(fleet([{ device: 'eth1' }]), 'eth1', 'eth2');
  const lowered = fleet([{ device: 'eth1', maxGuests: 1 }, { device: 'eth2' }]);
  const { plan } = planInMemory(lowered, 'h', state);
  expect([plan.changes, plan.inSync]).toEqual([[], true]);
  expect(plan.problems).toMatchObject([
    {
      code: 'pool-over-limit',
      severity: 'warning',
      message: 'network red: eth1 has 2 guests, 1 more than its limit of 1',
    },
  ]);
});

it("says it once of a device's limit over all networks", () => {
  const one = [{ device: 'eth1' }];
  const state = standing(fleet(one, {}, one), 'eth1');
  const front = [{ device: 'front' }];
  const devices = { front: { match: { name: 'eth1' }, maxGuests: 1 } };
  const { plan } = planInMemory(fleet(front, devices, front), 'h', state);
  expect(plan.problems.map(({ code, message }) => [code, message])).toEqual([
    ['pool-over-limit', expect.stringContaining('eth1 has 2 guests, 1 more than its limit of 1')],
  ]);
});

it('speaks of a rest of the pool only where there is one', () => {
  const hints = (pool: Entry[]) =>
    planInMemory(fleet(pool), 'h', host('eth1')).plan.problems.find(({ code }) => code === 'device-missing')
      ?.hint;
  expect(hints([{ device: 'eth1' }, { device: 'eth9' }])).toContain('the rest of the pool');
  expect(hints([{ device: 'eth9' }])).toContain('no other is in the pool');
});

it('says how the devices of a pool without room stand, and for which of them a guest waits', () => {
  const pool: Entry[] = [{ device: 'eth1', maxGuests: 1 }, { device: 'eth9' }];
  const { plan } = planInMemory(fleet(pool), 'h', host('eth1'));
  expect(plan.problems.filter(({ code }) => code === 'pool-full')).toMatchObject([
    {
      message: expect.stringContaining('can take it here: eth1 1/1, eth9 not on this host'),
      hint: 'it is placed as soon as eth9 is on this host',
    },
  ]);
});
