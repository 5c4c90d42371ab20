import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrangementReasons } from '../../src/placement/arrangement.ts';
import { HostRoom } from '../../src/placement/room.ts';
import { PlacementView } from '../../src/placement/view.ts';
import { allocate } from '../../src/realise/allocate.ts';
import { makeFleet } from '../support/fleet.ts';

const most = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
const pool = fc.uniqueArray(fc.record({ device: fc.constantFrom('e0', 'e1'), maxGuests: most }), {
  selector: ({ device }) => device,
  minLength: 1,
});
const entry = fc.record({
  type: fc.constant('direct' as const),
  mode: fc.constantFrom('bridge' as const, 'bridge' as const, 'passthrough' as const),
  pool: pool.map((entries) =>
    entries.map(({ device, maxGuests }) => ({ device, ...(maxGuests === undefined ? {} : { maxGuests }) })),
  ),
});
const device = most.map((maxGuests) => (maxGuests === undefined ? {} : { maxGuests }));

it('calls room certain only where a guest has it in every arrangement of the others', () => {
  fc.assert(
    fc.property(
      fc.record({ red: entry, blue: entry }),
      fc.record({ e0: device, e1: device }),
      // Who is there already, and on which device.
      fc.array(fc.record({ network: fc.constantFrom('red', 'blue'), device: fc.constantFrom('e0', 'e1') }), {
        maxLength: 6,
      }),
      fc.integer({ min: 1, max: 2 }),
      (networks, devices, wishes, need) => {
        const fleet = makeFleet({ networks: { red: {}, blue: {} }, hosts: { h: { networks, devices } } });
        const host = new PlacementView(fleet, []).hosts.get('h');
        if (host === undefined) throw new Error('no host');
        const room = new HostRoom(host, []);
        const input = { pools: room.pools, devices: room.devices, demands: [] };
        const standing: { key: string; network: string; device: string }[] = [];
        for (const [index, { network, device: name }] of wishes.entries()) {
          const only = room.pools.map((one) =>
            one.network === network
              ? { ...one, entries: one.entries.filter((it) => it.device === `name:${name}`) }
              : one,
          );
          const demands = [{ key: `${index}`, network }];
          const placed = allocate({ ...input, pools: only, standing, demands }).assigned.get(`${index}`);
          if (placed === undefined) continue;
          standing.push({ key: `${index}`, network, device: placed });
          room.add(new Map([[network, 1]]));
        }
        const demand = new Map([['red', need]]);
        if (!room.fits(demand)) return;
        const interfaces = Array.from({ length: need }, () => ({ network: 'red' }));
        if (arrangementReasons(room, { interfaces }, demand).length > 0) return;
        const demands = interfaces.map(({ network }, index) => ({ key: `new ${index}`, network }));
        expect(allocate({ ...input, standing, demands }).unplaced).toEqual([]);
      },
    ),
    { numRuns: 2000 },
  );
}, 60_000);
