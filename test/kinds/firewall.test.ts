import { describe, expect, it } from 'vitest';
import { firewallKind } from '../../src/kinds/firewall.ts';
import type { Change } from '../../src/model/plan.ts';
import type { Observed, Wanted } from '../../src/model/resource.ts';
import type { FirewallRule, FirewallSpec } from '../../src/model/specs.ts';
import { firewallRules, guardRules } from '../../src/realise/firewall.ts';
import { makeHost } from '../support/host.ts';
import { published, serving } from '../tools/nft/servings.ts';

const anywhere = { outside: { is: 'anywhere' }, island: true } as const;

function spec(rules: readonly FirewallRule[], rest: Partial<FirewallSpec> = {}): FirewallSpec {
  return { link: 'virbr-lab', rules, whole: true, ...rest };
}

function wanted(of: FirewallSpec): Wanted<'firewall'> {
  const source = { file: 'hosts/h.yaml', line: 1, column: 1 };
  const place = { kind: 'firewall', id: 'firewall:lab', name: 'lab', owner: 'Network/lab' } as const;
  return { ...place, spec: of, source, guests: [], network: 'lab', needs: [], expects: [], adopt: false };
}

function change(before: Observed<'firewall'> | null, after: Wanted<'firewall'> | null): Change<'firewall'> {
  return {
    id: 'firewall:lab',
    kind: 'firewall',
    name: 'lab',
    action: after === null ? 'delete' : before === null ? 'create' : 'update',
    before,
    after,
    fields: [],
    impact: 'none',
    reason: '',
    guests: [],
    network: 'lab',
    gate: { is: 'open' },
  };
}

/** What stands on a host on which just this was made. */
function standing(of: FirewallSpec) {
  const state = makeHost([]);
  firewallKind.simulate(state, change(null, wanted(of)));
  const [observed] = firewallKind.observe(state);
  if (observed === undefined) throw new Error('nothing stands');
  return { state, observed };
}

const nat = firewallRules(serving('nat'), anywhere);
const web = firewallRules(
  serving('nat', { published: [published('tcp', 8080, 80, ['10.20.0.10'])] }),
  anywhere,
);

describe('the rules of a network', () => {
  it('are compared in words, by what goes and what comes', () => {
    const [rules, ...more] = firewallKind.compare(spec(nat), spec(web));
    expect(more).toEqual([]);
    expect(rules).toEqual({
      field: 'rules',
      before: [],
      after: [
        'tcp port 8080 is 10.20.0.10:80 of web1 eth0',
        'published ports',
        'a guest at a tcp port that this host publishes for another',
      ],
    });
    expect(firewallKind.compare(spec(web), spec(nat))).toEqual([
      { field: 'rules', before: rules?.after, after: [] },
    ]);
  });

  it('that say one thing and do another are told as altered, and those of strangers as they are', () => {
    const [first, ...others] = nat;
    const stranger: FirewallRule = { chain: 'input', text: '', expr: [{ accept: null }] };
    const altered = { chain: 'input' as const, text: first?.text ?? '', expr: [{ drop: null }] };
    expect(firewallKind.compare(spec([stranger, altered, ...others]), spec(nat))).toEqual([
      {
        field: 'rules',
        before: ['unknown rule [{"accept":null}]', 'answers to this host (altered)'],
        after: ['answers to this host'],
      },
    ]);
  });

  it('that say the same of another link are told with their links, on both sides', () => {
    const moved = spec(firewallRules(serving('nat', { link: 'virbr-new' }), anywhere), { link: 'virbr-new' });
    const [link, rules, ...more] = firewallKind.compare(spec(nat), moved);
    expect(more).toEqual([]);
    expect(link).toEqual({ field: 'link', before: 'virbr-lab', after: 'virbr-new' });
    const texts = [
      'among machines of the network',
      'among machines of the network',
      'what stays in the network is left alone',
    ];
    expect(rules).toEqual({
      field: 'rules',
      before: texts.map((text) => `${text} (virbr-lab)`),
      after: texts.map((text) => `${text} (virbr-new)`),
    });
  });

  it('in another order are not the same, but their chains may be named in any', () => {
    const [first, second, ...others] = nat;
    const swapped = [second, first, ...others].filter((rule) => rule !== undefined);
    expect(firewallKind.compare(spec(swapped), spec(nat)).map(({ field }) => field)).toEqual(['order']);
    const chains = [...nat].sort((a, b) => (a.chain < b.chain ? 1 : a.chain > b.chain ? -1 : 0));
    expect(chains.map(({ chain }) => chain)).not.toEqual(nat.map(({ chain }) => chain));
    expect(firewallKind.compare(spec(chains), spec(nat))).toEqual([]);
  });

  it('differ where what they hang on is damaged, or leads another link to them', () => {
    const before = spec(nat, { whole: false, link: 'virbr-old' });
    expect(firewallKind.compare(before, spec(nat)).map(({ field }) => field)).toEqual(['table', 'link']);
  });

  it('interrupt guests where translation goes as a whole', () => {
    const impact = (from: FirewallSpec, to: FirewallSpec) =>
      firewallKind.effect(firewallKind.compare(from, to), standing(from).observed, to);
    const isolated = spec(firewallRules(serving('isolated'), anywhere));
    expect(impact(spec(nat), spec(web)).impact).toBe('none');
    expect(impact(isolated, spec(nat)).impact).toBe('none');
    expect(impact(spec(nat), isolated)).toEqual({ action: 'update', impact: 'interrupt' });
    expect(firewallKind.removal(standing(spec(nat)).observed)).toBe('interrupt');
    expect(firewallKind.removal(standing(isolated).observed)).toBe('none');
  });

  it('interrupt guests of whom the documents take the way out, not those to whom somebody had opened one', () => {
    const impact = (from: FirewallSpec, to: FirewallSpec) =>
      firewallKind.effect(firewallKind.compare(from, to), { ...standing(from).observed, spec: from }, to)
        .impact;
    const isolated = spec(firewallRules(serving('isolated'), anywhere));
    const routed = spec(firewallRules(serving('route'), anywhere));
    expect(impact(routed, isolated)).toBe('interrupt');
    expect(impact(spec([]), isolated)).toBe('interrupt');
    expect(impact(isolated, routed)).toBe('none');
    expect(impact(spec([], { whole: false }), isolated)).toBe('none');
    expect(impact(spec(isolated.rules.slice(0, -3)), isolated)).toBe('none');
  });

  it('are in sync when they were made, and gone when they were removed', () => {
    const { state, observed } = standing(spec(web));
    expect(observed.mark).toEqual({ is: 'ours', owner: 'Network/lab' });
    expect(firewallKind.compare(observed.spec, spec(web))).toEqual([]);
    firewallKind.simulate(state, change(observed, null));
    expect(state.services?.firewall).toBeNull();
  });

  it('belong to a link of which nobody else has rules', () => {
    const { observed } = standing(spec(nat));
    expect(firewallKind.claims('other', spec(nat))).toEqual(observed.claims());
    const guard = spec(guardRules(4, { from: ['eth0'], served: ['virbr-lab'], bridges: [] }), { link: null });
    expect(firewallKind.claims('~host', guard)).toEqual([]);
  });
});

describe('what a rule says', () => {
  it('fits a comment, however long the names in it are', () => {
    const long = { ...published('udp', 65_535, 65_535, ['fd00:1234:5678:9abc:def0:1234:5678:9abc']) };
    const one = { ...long, guest: 'g'.repeat(63), interface: 'i'.repeat(15) };
    const rules = firewallRules(serving('nat', { published: [one] }), anywhere);
    for (const { text } of rules) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(128);
    expect(rules.some(({ text }) => text.endsWith('...'))).toBe(true);
  });

  it('is nothing where the documents want none', () => {
    expect(firewallRules(serving('open'), anywhere)).toEqual([]);
    expect(firewallRules(serving('route'), { ...anywhere, island: false })).toEqual([]);
  });
});
