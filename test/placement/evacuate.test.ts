import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evacuate } from '../../src/placement/evacuate.ts';
import { judgeWithoutRoom } from '../../src/placement/judge.ts';
import { verdictOf } from '../../src/placement/reason.ts';
import { PlacementView } from '../../src/placement/view.ts';
import { PLACES, viewOf } from './fixtures.ts';
import { errorsOf, fleetOf, type Parts, validFleets } from './small-fleets.ts';

/** The fleet with guests on other hosts. */
function movedTo(parts: Parts, goals: ReadonlyMap<string, string>): Parts {
  const guests = Object.entries(parts.guests).map(([name, spec]) => {
    const host = goals.get(name);
    if (host === undefined) return [name, spec] as const;
    const standby = (spec.standby ?? []).filter((one) => one !== host);
    return [name, { ...spec, host, standby }] as const;
  });
  return { ...parts, guests: Object.fromEntries(guests) };
}

/** The most guests of h0 that can have another host, by trying all there is. */
function mostMoved(parts: Parts, allowed: (guest: string, host: string) => boolean): number {
  const names = Object.keys(parts.guests).filter((name) => parts.guests[name]?.host === 'h0');
  const hosts = Object.keys(parts.hosts).filter((name) => name !== 'h0');
  const from = (at: number, goals: ReadonlyMap<string, string>): number => {
    const name = names[at];
    if (name === undefined) return goals.size;
    let best = from(at + 1, goals);
    for (const host of hosts) {
      if (!allowed(name, host)) continue;
      const more = new Map([...goals, [name, host]]);
      if (errorsOf(movedTo(parts, more)).length === 0) best = Math.max(best, from(at + 1, more));
    }
    return best;
  };
  return from(0, new Map());
}

describe('evacuate', () => {
  it.each([true, false])(
    'gives a valid fleet, and as many hosts as there are to be had (islands: %s)',
    (islands) => {
      fc.assert(
        fc.property(validFleets({ hosts: 4, guests: 6 }), (parts) => {
          const view = new PlacementView(fleetOf(parts), []);
          const { guests } = evacuate(view, 'h0', islands);
          const goals = new Map(
            guests.flatMap(({ guest, to }) => (to === null ? [] : [[guest, to] as const])),
          );
          expect(errorsOf(movedTo(parts, goals))).toEqual([]);
          expect([...goals.values()]).not.toContain('h0');
          for (const { to, verdict, reasons } of guests) {
            expect(verdict === 'no').toBe(to === null);
            if (to === null) expect(reasons).not.toEqual([]);
          }
          const allowed = (name: string, host: string) => {
            const [guest, there] = [view.guest(name), view.hosts.get(host)];
            if (guest === undefined || there === undefined) return false;
            return verdictOf(judgeWithoutRoom(view, guest, there), islands) !== 'no';
          };
          expect(goals.size).toBe(mostMoved(parts, allowed));
          expect(evacuate(new PlacementView(fleetOf(parts), []), 'h0', islands)).toEqual({
            host: 'h0',
            guests,
            incoming: [],
          });
        }),
        { numRuns: 100 },
      );
    },
    120_000,
  );

  it('tells of each guest, in the order of names for people', async () => {
    const view = await viewOf(
      PLACES,
      ['web10', 'web9']
        .map((name) => `Guest ${name}: { host: a, interfaces: [{ name: eth0, network: red }] }`)
        .join('\n'),
    );
    expect(evacuate(view, 'a', false)).toEqual({
      host: 'a',
      guests: [
        { guest: 'web', to: 'b', verdict: 'yes', reasons: [] },
        { guest: 'web9', to: 'c', verdict: 'yes', reasons: [] },
        { guest: 'web10', to: 'b', verdict: 'yes', reasons: [] },
      ],
      incoming: [],
    });
  });

  it('says what is in the way of those that are left over', async () => {
    const view = await viewOf(
      PLACES,
      `Host c: {}
Host b: { networks: { red: { type: direct, mode: bridge, pool: [{ device: eth2, maxGuests: 1 }] } } }
Guest web2: { host: a, interfaces: [{ name: eth0, network: red }] }`,
    );
    const { guests } = evacuate(view, 'a', false);
    expect(guests[0]).toMatchObject({ guest: 'web', to: 'b' });
    expect(guests[1]).toEqual({
      guest: 'web2',
      to: null,
      verdict: 'no',
      reasons: [
        { code: 'no-room-left', about: '', message: 'on b: the other guests of a take what room there is' },
        { code: 'network-not-realised', about: 'red', message: 'on c: red is not realised there' },
      ],
    });
  });

  it('leaves a guest its goal that is on its way already, and tells of one that comes', async () => {
    const view = await viewOf(
      PLACES,
      `Host d: { networks: { red: { type: bridge, bridge: br0 } } }
Guest web: { host: a, migratingTo: d, interfaces: [{ name: eth0, network: red }] }
Guest web2: { host: c, migratingTo: a, interfaces: [{ name: eth0, network: red }] }`,
    );
    const { guests, incoming } = evacuate(view, 'a', false);
    expect(guests).toMatchObject([
      { guest: 'web', to: 'd', verdict: 'yes', reasons: [{ code: 'arriving' }] },
    ]);
    expect(incoming).toEqual(['web2']);
  });
});
