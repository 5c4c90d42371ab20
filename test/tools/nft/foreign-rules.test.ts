import { describe, expect, it } from 'vitest';
import { dropOf } from '../../../src/tools/nft/foreign-drops.ts';

const BASE = { family: 'ip', table: 'filter', name: 'FORWARD', hook: 'forward', policy: 'drop' };

/** As nft 1.0.6 prints what iptables-nft 1.8.9 wrote. */
function listing(...rules: [string, unknown[]][]) {
  return {
    nftables: rules.map(([chain, expr]) => ({ rule: { family: 'ip', table: 'filter', chain, expr } })),
  };
}
const link = (key: string, right: string) => ({ match: { op: '==', left: { meta: { key } }, right } });
const counter = { counter: { packets: 0, bytes: 0 } };
const conntrack = { xt: { type: 'match', name: 'conntrack' } };
const accept = { accept: null };

describe('rules of iptables at the forward hook', () => {
  it('drop by a last REJECT, which nft knows by its name alone', () => {
    const reject = { xt: { type: 'target', name: 'REJECT' } };
    const open = { ...BASE, policy: 'accept' };
    expect(dropOf(open, listing(['FORWARD', [counter, reject]]))).toMatchObject({ chain: 'FORWARD' });
    expect(dropOf(open, listing(['FORWARD', [conntrack, counter, reject]]))).toBeNull();
    expect(dropOf(open, listing(['FORWARD', [counter, reject]], ['FORWARD', [counter, accept]]))).toBeNull();
    expect(dropOf(open, listing())).toBeNull();
  });

  it('spare links by both directions, also by the beginning of a name', () => {
    const rules = listing(
      ['FORWARD', [link('iifname', 'virbr*'), counter, accept]],
      ['FORWARD', [link('oifname', 'virbr*'), conntrack, counter, accept]],
      ['FORWARD', [link('iifname', 'br1'), conntrack, counter, accept]],
      ['FORWARD', [link('oifname', 'br1'), counter, accept]],
    );
    expect(dropOf(BASE, rules)).toMatchObject({ spares: ['virbr*'] });
  });

  it('that come back to themselves are gone through once', () => {
    const jump = (target: string) => [counter, { jump: { target } }];
    const rules = listing(['FORWARD', jump('a')], ['a', jump('b')], ['b', jump('a')]);
    expect(dropOf(BASE, rules)).toMatchObject({ spares: [] });
  });
});
