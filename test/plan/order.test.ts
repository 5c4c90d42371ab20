import { describe, expect, it } from 'vitest';
import { planInMemory } from '../support/host.ts';
import { BRIDGE, codes, converged, fleet, guest, host, OVS, POOL, words } from './small-fleets.ts';

const LONG = 'a-very-long-interface-name';

describe('who comes after whom', () => {
  it('lets a NIC go before another takes it', () => {
    const state = converged(host(), fleet({ red: POOL }, { web1: guest('red') }));
    const asUplink = fleet({ red: { ...BRIDGE, uplinks: ['eth2'] } }, { web1: guest('red') });
    const keys = planInMemory(asUplink, 'h', state).steps.map(({ key }) => key);
    expect(keys.indexOf('link:web1-e0#replace-delete')).toBeLessThan(
      keys.indexOf('membership:eth2#create-enslave'),
    );
  });

  it('lets guests that swap their addresses give them up first', () => {
    const macs = (a: string, b: string) =>
      fleet({ red: POOL }, { web1: guest('red', { mac: a }), web2: guest('red', { mac: b }) });
    const [a, b] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];
    const planned = planInMemory(macs(b, a), 'h', converged(host(), macs(a, b)));
    expect([words(planned), codes(planned)]).toEqual([['~link:web1-e0', '~link:web2-e0'], []]);
    expect(planned.steps.map(({ key }) => key)).toEqual([
      'link:web1-e0#update-give-up',
      'link:web2-e0#update-give-up',
      'link:web2-e0#update-set',
      'link:web1-e0#update-set',
    ]);
  });

  it('lets taps leave a bridge that one of Open vSwitch follows under its name', () => {
    const guests = { web1: guest('lan') };
    const standing = converged(host(), fleet({ lan: { ...BRIDGE, bridge: 'one' } }, guests));
    const planned = planInMemory(fleet({ lan: { ...OVS, bridge: 'one' } }, guests), 'h', standing);
    expect(codes(planned)).toEqual([]);
    const inTurn = [
      'link:web1-e0#update-give-up',
      'link:one#delete-delete',
      'ovs-bridge:one#create-add',
      'link:web1-e0#update-set',
    ];
    expect(planned.steps.map(({ key }) => key).filter((key) => inTurn.includes(key))).toEqual(inTurn);
  });

  it('lets none of those go that wait for one another, and says so', () => {
    const documents = fleet(
      { lan: BRIDGE },
      { web1: guest('lan', { name: LONG }), web2: guest('lan', { name: LONG }) },
    );
    const state = converged(host(), documents);
    const [one, two] = state.links.filter(({ altnames }) => altnames.some((name) => name.endsWith(LONG)));
    if (one === undefined || two === undefined) throw new Error('no guest has an altname');
    // By hand: each has the whole name of the other, and a name is not free before its holder has its own.
    [one.altnames, two.altnames] = [two.altnames, one.altnames];
    const planned = planInMemory(documents, 'h', state);
    expect(codes(planned)).toEqual(['circular-change', 'circular-change']);
    expect(planned.plan.problems[0]?.message).toBe(`${one.name} waits for ${two.name}, which waits for it`);
    expect(planned.steps).toEqual([]);
  });
});
