import { describe, expect, it } from 'vitest';
import { planInMemory } from '../support/host.ts';
import { BRIDGE, codes, converged, fleet, guest, host, POOL, words } from './small-fleets.ts';

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
});
