import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AllocationInput, allocate, type Pool, type PoolDevice } from '../../src/realise/allocate.ts';

function device(name: string, more: Partial<PoolDevice> = {}): PoolDevice {
  return { device: name, capacity: null, strangers: 0, carrier: true, ...more };
}

function pool(network: string, ...entries: (string | [string, number])[]): Pool {
  return {
    network,
    entries: entries.map((entry) =>
      typeof entry === 'string'
        ? { device: entry, capacity: null }
        : { device: entry[0], capacity: entry[1] },
    ),
  };
}

function demands(network: string, ...keys: string[]) {
  return keys.map((key) => ({ key, network }));
}

describe('allocate', () => {
  it('spreads over devices by the fewest guests, in pool order on a tie', () => {
    const { assigned, used } = allocate({
      pools: [pool('red', 'eth1', 'eth0')],
      devices: [device('eth0', { strangers: 1 }), device('eth1')],
      standing: [],
      demands: demands('red', 'a', 'b', 'c'),
    });
    expect([...assigned]).toEqual([
      ['a', 'eth1'],
      ['b', 'eth1'],
      ['c', 'eth0'],
    ]);
    expect(used).toEqual(
      new Map([
        ['eth0', 2],
        ['eth1', 2],
      ]),
    );
  });

  it('prefers a carrier to an emptier device', () => {
    const { assigned } = allocate({
      pools: [pool('red', 'eth0', 'eth1')],
      devices: [device('eth0', { carrier: false }), device('eth1', { strangers: 3 })],
      standing: [],
      demands: demands('red', 'a'),
    });
    expect(assigned.get('a')).toBe('eth1');
  });

  it('keeps a demand on the device that it prefers, where that has room', () => {
    const at = (capacity: number, ...others: string[]) =>
      allocate({
        pools: [pool('red', 'eth0', ['eth1', capacity])],
        devices: [device('eth0'), device('eth1', { carrier: false })],
        standing: [],
        demands: [
          ...others.map((key) => ({ key, network: 'red', prefer: 'eth1' })),
          { key: 'a', network: 'red', prefer: 'eth1' },
          { key: 'b', network: 'red', prefer: 'eth9' },
        ],
      }).assigned;
    expect([at(1).get('a'), at(1).get('b')]).toEqual(['eth1', 'eth0']);
    expect([at(1, 'x').get('x'), at(1, 'x').get('a')]).toEqual(['eth1', 'eth0']);
  });

  it('leaves a standing guest where it is, above a lowered capacity too', () => {
    const { assigned, unplaced, used } = allocate({
      pools: [pool('red', ['eth0', 1])],
      devices: [device('eth0')],
      standing: [
        { key: 'a', network: 'red', device: 'eth0' },
        { key: 'b', network: 'red', device: 'eth0' },
      ],
      demands: demands('red', 'c'),
    });
    expect(assigned.get('a')).toBe('eth0');
    expect(assigned.get('b')).toBe('eth0');
    expect(unplaced).toEqual(['c']);
    expect(used.get('eth0')).toBe(2);
  });

  it('keeps room for a later demand that has no other', () => {
    const { assigned, unplaced } = allocate({
      pools: [pool('red', ['eth0', 1], ['eth1', 1]), pool('blue', ['eth0', 1])],
      devices: [device('eth0', { capacity: 1 }), device('eth1', { carrier: false })],
      standing: [],
      demands: [...demands('red', 'a'), ...demands('blue', 'b')],
    });
    expect(unplaced).toEqual([]);
    expect(assigned.get('a')).toBe('eth1');
    expect(assigned.get('b')).toBe('eth0');
  });

  it('places the earlier one when there is room for one of two', () => {
    const input: AllocationInput = {
      pools: [pool('red', 'eth0'), pool('blue', 'eth0')],
      devices: [device('eth0', { capacity: 1 })],
      standing: [],
      demands: [...demands('blue', 'b'), ...demands('red', 'a')],
    };
    expect(allocate(input).unplaced).toEqual(['a']);
    expect(allocate({ ...input, demands: [...input.demands].reverse() }).unplaced).toEqual(['b']);
  });

  it('gives an exclusive pool devices that nobody else uses', () => {
    const { assigned, unplaced } = allocate({
      pools: [{ ...pool('raw', 'eth0', 'eth1', 'eth2'), exclusive: true }, pool('red', 'eth1')],
      devices: [device('eth0', { strangers: 1 }), device('eth1'), device('eth2')],
      standing: [],
      demands: [...demands('raw', 'x', 'y'), ...demands('red', 'a', 'b')],
    });
    expect(assigned.get('x')).toBe('eth2');
    expect(unplaced).toEqual(['y']);
    expect(assigned.get('a')).toBe('eth1');
    expect(assigned.get('b')).toBe('eth1');
  });

  it('lets nobody beside a standing exclusive guest or a stranger that has the device alone', () => {
    const { unplaced } = allocate({
      pools: [{ ...pool('raw', 'eth0'), exclusive: true }, pool('red', 'eth0', 'eth1')],
      devices: [device('eth0'), device('eth1', { strangers: 1, exclusiveTaken: true })],
      standing: [{ key: 'x', network: 'raw', device: 'eth0' }],
      demands: demands('red', 'a'),
    });
    expect(unplaced).toEqual(['a']);
  });

  it('places nothing on a device that is not there, and nothing of a network without a pool', () => {
    const { unplaced } = allocate({
      pools: [pool('red', 'eth9')],
      devices: [device('eth0')],
      standing: [],
      demands: [...demands('red', 'a'), ...demands('blue', 'b')],
    });
    expect(unplaced).toEqual(['a', 'b']);
  });

  it('places thousands', () => {
    const devices = Array.from({ length: 8 }, (_, i) => device(`eth${i}`, { capacity: 600 }));
    const names = devices.map((one) => one.device);
    const { unplaced, used } = allocate({
      pools: [pool('red', ...names), pool('blue', ...names.slice(4))],
      devices,
      standing: [],
      demands: Array.from({ length: 4000 }, (_, i) => ({ key: `g${i}`, network: i % 2 ? 'red' : 'blue' })),
    });
    expect(unplaced).toEqual([]);
    expect([...used.values()]).toEqual([500, 500, 500, 500, 500, 500, 500, 500]);
  });
});

const count = fc.integer({ min: 0, max: 3 });
const limit = fc.option(count, { nil: null });

/** Small hosts: up to three networks over three devices, pools overlapping at will. */
const inputs = fc
  .record({
    devices: fc.array(fc.record({ capacity: limit, strangers: count, carrier: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
    }),
    pools: fc.array(fc.array(fc.option(limit, { nil: undefined }), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    }),
    standing: fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 3 }),
    demands: fc.array(fc.nat(2), { maxLength: 5 }),
  })
  .map(({ devices, pools, standing, demands }): AllocationInput => {
    const built: Pool[] = pools.map((entries, p) => ({
      network: `net${p}`,
      entries: entries.flatMap((capacity, d) =>
        capacity === undefined || d >= devices.length ? [] : [{ device: `eth${d}`, capacity }],
      ),
    }));
    return {
      devices: devices.map((one, d) => ({ ...one, device: `eth${d}` })),
      pools: built,
      standing: standing.flatMap(([p, d], i) =>
        built[p]?.entries.some((entry) => entry.device === `eth${d}`)
          ? [{ key: `s${i}`, network: `net${p}`, device: `eth${d}` }]
          : [],
      ),
      demands: demands.map((p, i) => ({ key: `d${i}`, network: `net${p % pools.length}` })),
    };
  });

/** Room on each entry and device after what stands: the definition, written a second time. */
function rooms({ pools, devices, standing }: AllocationInput) {
  const device = new Map(
    devices.map((one) => [
      one.device,
      (one.capacity ?? 99) - one.strangers - standing.filter((s) => s.device === one.device).length,
    ]),
  );
  const entry = new Map(
    pools.flatMap(({ network, entries }) =>
      entries.map((one): [string, number] => [
        `${network} ${one.device}`,
        (one.capacity ?? 99) -
          standing.filter((s) => s.network === network && s.device === one.device).length,
      ]),
    ),
  );
  return { device, entry };
}

/** Of the demands from `index` on, all that can be placed, by trying everything. */
function most(input: AllocationInput, index = 0, { device, entry } = rooms(input)): number {
  const demand = input.demands[index];
  if (demand === undefined) return 0;
  let best = most(input, index + 1, { device, entry });
  for (const [name, room] of device) {
    const key = `${demand.network} ${name}`;
    const here = entry.get(key) ?? 0;
    if (room < 1 || here < 1) continue;
    device.set(name, room - 1);
    entry.set(key, here - 1);
    best = Math.max(best, 1 + most(input, index + 1, { device, entry }));
    device.set(name, room);
    entry.set(key, here);
  }
  return best;
}

describe('allocate, for random hosts', () => {
  it('places as many as can be placed, each where there is room', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { assigned, unplaced } = allocate(input);
        const { device, entry } = rooms(input);
        for (const { key, network } of input.demands) {
          const name = assigned.get(key);
          if (name === undefined) continue;
          device.set(name, (device.get(name) ?? 0) - 1);
          entry.set(`${network} ${name}`, (entry.get(`${network} ${name}`) ?? 0) - 1);
          expect(device.get(name)).toBeGreaterThanOrEqual(0);
          expect(entry.get(`${network} ${name}`)).toBeGreaterThanOrEqual(0);
        }
        expect(input.demands.length - unplaced.length).toBe(most(input));
      }),
      { numRuns: 1000 },
    );
  });

  it('never moves what stands, and gives the same answer again', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const first = allocate(input);
        for (const { key, device } of input.standing) expect(first.assigned.get(key)).toBe(device);
        expect(allocate(input)).toEqual(first);
      }),
    );
  });

  it('is at rest once it was carried out', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const first = allocate(input);
        const standing = [...input.standing, ...input.demands].flatMap(({ key, network }) => {
          const device = first.assigned.get(key);
          return device === undefined ? [] : [{ key, network, device }];
        });
        const again = allocate({ ...input, standing });
        expect(new Map([...again.assigned].sort())).toEqual(new Map([...first.assigned].sort()));
        expect(again.unplaced).toEqual(first.unplaced);
      }),
    );
  });
});
