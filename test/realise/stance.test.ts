import { describe, expect, it } from 'vitest';
import type { SpecOf } from '../../src/desired/documents.ts';
import { guestsOn, presenceOn, resolveGuest, withClaims } from '../../src/desired/resolve.ts';
import { placesOf } from '../../src/desired/served-guests.ts';
import type { LinkState } from '../../src/model/host.ts';
import { RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../../src/model/mark.ts';
import type { Held } from '../../src/model/resource.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignTap, makeHost, nic, planInMemory } from '../support/host.ts';

const bridge = { type: 'bridge' as const, bridge: 'br', manage: true };

function fleet(place: Partial<SpecOf<'Guest'>>, claimed: string[] = []) {
  const web = { ...place, interfaces: [{ name: 'e0', network: 'lan' }] };
  const hosts = { h: { networks: { lan: bridge } }, k: { networks: { lan: bridge } } };
  return withClaims(makeFleet({ networks: { lan: {} }, guests: { web }, hosts }), 'h', claimed);
}

/** A host on which the device stands, complete but for what is given. */
function standing(rest: Partial<LinkState>) {
  const fresh = makeHost([nic(1, 'lo')]);
  const { plan, steps } = planInMemory(fleet({ host: 'h' }), 'h', fresh);
  const state = simulate(fresh, plan.changes, steps);
  return {
    ...state,
    links: state.links.map((link) => (link.name === 'web-e0' ? { ...link, ...rest } : link)),
  };
}

const DOWN: Record<string, Partial<LinkState>> = {
  up: { up: true, group: 0 },
  down: { up: false, group: 0 },
  released: { up: false, group: RELEASED_GROUP },
  'released in a move': { up: false, group: RELEASED_IN_MOVE_GROUP },
};

const PLACES: Record<string, [Partial<SpecOf<'Guest'>>, string[]]> = {
  placed: [{ host: 'h' }, []],
  leaving: [{ host: 'h', migratingTo: 'k' }, []],
  incoming: [{ host: 'k', migratingTo: 'h' }, []],
  standby: [{ host: 'k', standby: ['h'] }, []],
  'claimed and placed': [{ host: 'h' }, ['web']],
  'claimed and leaving': [{ host: 'h', migratingTo: 'k' }, ['web']],
  'claimed on standby': [{ host: 'k', standby: ['h'] }, ['web']],
  'claimed alone': [{}, ['web']],
};

const FREE: Held = { is: 'free' };
const HELD: Held = { is: 'held', pids: [1] };
const UNKNOWN: Held = { is: 'unknown', why: 'no rights' };

/** What comes of the device: `up`, `down`, `released`, `released in a move`, or `gone`. */
function becomes(place: string, now: string, held: Held): string {
  const [spec, claimed] = PLACES[place] ?? [{}, []];
  const state = standing(DOWN[now] ?? {});
  const holders = new Map([['web-e0', held]]);
  const documents = fleet(spec, claimed);
  const { plan, steps } = planInMemory(documents, 'h', state, { held: holders });
  const end = simulate(state, plan.changes, steps);
  // Whatever it comes to, there is nothing more to do then.
  expect(planInMemory(documents, 'h', end, { held: holders }).plan.changes).toEqual([]);
  const link = end.links.find(({ name }) => name === 'web-e0');
  if (link === undefined) return 'gone';
  return (
    Object.keys(DOWN).find((word) => DOWN[word]?.up === link.up && DOWN[word]?.group === link.group) ?? '?'
  );
}

describe('a guest device', () => {
  it.each([
    ['placed', ['up', 'up', 'released', 'up']],
    ['leaving', ['up', 'up', 'released in a move', 'released in a move']],
    ['incoming', ['up', 'up', 'up', 'up']],
    ['claimed and placed', ['up', 'up', 'up', 'up']],
    ['claimed and leaving', ['up', 'up', 'up', 'up']],
    ['claimed on standby', ['up', 'up', 'up', 'up']],
    ['claimed alone', ['up', 'up', 'up', 'up']],
  ])('of a guest that is %s, by what stands', (place, expected) => {
    for (const held of [FREE, HELD]) {
      expect(Object.keys(DOWN).map((now) => becomes(place, now, held))).toEqual(expected);
    }
  });

  it('of a standby guest, by what stands and by who has it open', () => {
    const all = (held: Held) => Object.keys(DOWN).map((now) => becomes('standby', now, held));
    expect(all(FREE)).toEqual(['down', 'down', 'down', 'down']);
    expect(all(HELD)).toEqual(['up', 'up', 'released', 'released in a move']);
    // Nobody can tell: it stays as it is.
    expect(all(UNKNOWN)).toEqual(['up', 'down', 'released', 'released in a move']);
  });

  it('is taken over as it is wanted, whatever group its maker gave it', () => {
    const theirs = foreignTap(9, 'web-e0', {
      master: 'br',
      port: { isolated: false },
      group: RELEASED_GROUP,
    });
    const state = makeHost([nic(1, 'lo'), theirs]);
    const documents = fleet({ host: 'h', adopt: true });
    const { plan, steps } = planInMemory(documents, 'h', state);
    const end = simulate(state, plan.changes, steps);
    expect(end.links.find(({ name }) => name === 'web-e0')).toMatchObject({ up: true, group: 0 });
    expect(planInMemory(documents, 'h', end).plan.changes).toEqual([]);
  });

  it('that is down by intent is told, and is no drift', () => {
    const { plan } = planInMemory(fleet({ host: 'h' }), 'h', standing(DOWN.released ?? {}));
    expect([plan.inSync, plan.changes]).toEqual([true, []]);
    expect(plan.problems).toMatchObject([{ code: 'guest-gone', severity: 'warning' }]);
  });
});

describe('a claim', () => {
  it('makes a guest present on its host, for all that reads the fleet, and changes no other', () => {
    const place = { host: 'k', standby: ['h'] };
    const documents = fleet(place);
    const claimed = withClaims(documents, 'h', ['web', 'nobody']);
    const presence = (of: typeof documents, host: string) => {
      const guest = resolveGuest(of, 'web');
      return guest && presenceOn(guest, host);
    };
    expect([presence(documents, 'h'), presence(documents, 'k'), presence(documents, 'x')]).toEqual([
      'standby',
      'placed',
      null,
    ]);
    expect([presence(claimed, 'h'), presence(claimed, 'k')]).toEqual(['claimed', 'placed']);
    expect(guestsOn(claimed, 'h').flatMap(placesOf)).toEqual(['k', 'h']);
    expect(withClaims(documents, 'h', ['web', 'nobody'])).toBe(claimed);
    expect(withClaims(documents, 'h', [])).toBe(documents);
  });
});
