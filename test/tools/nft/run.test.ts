import { afterEach, beforeEach, expect, it } from 'vitest';
import { firewallKind } from '../../../src/kinds/firewall.ts';
import type { FirewallState } from '../../../src/model/host.ts';
import type { FirewallRule } from '../../../src/model/specs.ts';
import type { NftOp } from '../../../src/model/step.ts';
import { firewallRules, guardRules } from '../../../src/realise/firewall.ts';
import { runAsNobody, runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { published, serving } from './servings.ts';

type Run = typeof import('../../../src/tools/nft/run.ts');
type Read = typeof import('../../../src/tools/nft/read.ts');

const lab = firewallRules(serving('nat', { published: [published('tcp', 8080, 80, ['10.20.0.10'])] }), {
  outside: { is: 'anywhere' },
  island: true,
});
const red = firewallRules(serving('isolated', { network: 'red', link: 'virbr-red' }), {
  outside: { is: 'anywhere' },
  island: true,
});
const SET_LAB: NftOp = { do: 'set', owner: 'lab', link: 'virbr-lab', rules: lab };
const SET_RED: NftOp = { do: 'set', owner: 'red', link: 'virbr-red', rules: red };
const SET_HOST: NftOp = {
  do: 'set',
  owner: '~host',
  link: null,
  rules: guardRules(4, { from: ['eth0'], served: ['virbr-lab'], bridges: [] }),
};

describeNeeding(['root', 'nft'], 'the table of ours', () => {
  let ns: Namespace;
  beforeEach(() => {
    ns = createNamespace();
  });
  afterEach(() => ns.remove());

  /** `seen`: what the run has read before. */
  const run = (ops: readonly NftOp[], ...seen: [FirewallState | null] | []) =>
    runInNamespace<Run, 'runNft'>(ns, 'src/tools/nft/run.ts', 'runNft', [
      ops.map((op) => ({ key: op.owner, op })),
      ...seen,
    ]);
  const read = () => runInNamespace<Read, 'readFirewall'>(ns, 'src/tools/nft/read.ts', 'readFirewall', []);
  const nft = (...args: string[]) => ns.exec('nft', ...args);

  /** What compares unequal of `lab`, by field. */
  function differences(firewall: FirewallState | null): string[] {
    const found = firewall?.owners.find(({ owner }) => owner === 'lab');
    if (firewall === null || found === undefined) return ['missing'];
    const before = { link: found.link, rules: found.rules, whole: firewall.whole };
    const after = { link: 'virbr-lab', rules: lab, whole: true };
    return firewallKind.compare(before, after).map(({ field }) => field);
  }

  it('holds what it was told, and goes with the last owner', async () => {
    expect(await read()).toEqual({ firewall: null, unavailable: null, foreignDrops: [] });
    expect(await run([SET_LAB, SET_RED, SET_HOST])).toEqual(
      new Map(['lab', 'red', '~host'].map((key) => [key, { ok: true }])),
    );
    const { firewall } = await read();
    expect(firewall?.whole).toBe(true);
    expect(firewall?.owners.map(({ owner, link }) => [owner, link])).toEqual([
      ['lab', 'virbr-lab'],
      ['red', 'virbr-red'],
      ['~host', null],
    ]);
    await run([
      { do: 'remove', owner: 'red' },
      { do: 'remove', owner: '~host' },
    ]);
    const left = (await read()).firewall;
    expect(left?.owners.map(({ owner }) => owner)).toEqual(['lab']);
    expect(differences(left)).toEqual([]);
    await run([{ do: 'remove', owner: 'lab' }]);
    expect(nft('list', 'ruleset')).toBe('');
    // Nothing to remove is no failure.
    expect(await run([{ do: 'remove', owner: 'lab' }])).toEqual(new Map([['lab', { ok: true }]]));
    expect(nft('list', 'ruleset')).toBe('');
  });

  it('goes on from what was seen, and looks again when that has gone', async () => {
    expect(await run([SET_LAB], null)).toEqual(new Map([['lab', { ok: true }]]));
    const { firewall } = await read();
    expect(await run([SET_RED], firewall)).toEqual(new Map([['red', { ok: true }]]));
    const both = (await read()).firewall;
    expect(both?.owners.map(({ owner }) => owner)).toEqual(['lab', 'red']);
    expect(differences(both)).toEqual([]);
    nft('delete', 'table', 'inet', 'plumbline');
    expect(await run([SET_HOST], both)).toEqual(new Map([['~host', { ok: true }]]));
    const left = (await read()).firewall;
    expect(left?.owners.map(({ owner }) => owner)).toEqual(['~host']);
    expect(left?.whole).toBe(true);
  });

  it('has no hook that nobody needs', async () => {
    await run([SET_RED]);
    expect(nft('list', 'ruleset')).not.toContain('type nat');
    await run([SET_LAB]);
    expect(nft('list', 'ruleset')).toContain('hook prerouting');
    await run([{ do: 'remove', owner: 'lab' }]);
    expect(nft('list', 'ruleset')).not.toContain('type nat');
    expect((await read()).firewall?.whole).toBe(true);
  });

  it('gives a link to one owner at a time', async () => {
    await run([SET_LAB]);
    await run([
      { do: 'remove', owner: 'lab' },
      { ...SET_LAB, owner: 'lab2' },
    ]);
    expect((await read()).firewall?.owners.map(({ owner }) => owner)).toEqual(['lab2']);
    await run([SET_LAB]);
    const { firewall } = await read();
    expect(firewall?.owners.map(({ owner, link }) => [owner, link])).toEqual([
      ['lab', 'virbr-lab'],
      ['lab2', null],
    ]);
    expect(firewall?.whole).toBe(true);
  });

  it('does not hold up one owner for another that the kernel refuses', async () => {
    await run([SET_RED]);
    const bad: FirewallRule = { chain: 'input', text: 'bad', expr: [{ jump: { target: 'nowhere' } }] };
    const results = await run([
      SET_LAB,
      { do: 'set', owner: 'bad', link: 'virbr-bad', rules: [bad] },
      { do: 'remove', owner: 'red' },
    ]);
    expect(results.get('lab')).toEqual({ ok: true });
    expect(results.get('red')).toEqual({ ok: true });
    expect(results.get('bad')).toEqual({ ok: false, message: expect.stringMatching(/\w/) });
    const { firewall } = await read();
    expect(firewall?.owners.map(({ owner }) => owner)).toEqual(['lab']);
    expect(differences(firewall)).toEqual([]);
  });

  const damage: [string, string[][], string[]][] = [
    ['a flush of everything', [['flush', 'ruleset']], ['missing']],
    ['a flush of the table', [['flush', 'table', 'inet', 'plumbline']], ['table', 'rules']],
    ['a flush of a base chain', [['flush', 'chain', 'inet', 'plumbline', 'forward']], ['table']],
    [
      'a flush of the rules of one network',
      [['flush', 'chain', 'inet', 'plumbline', 'net/lab/input']],
      ['table', 'rules'],
    ],
    [
      'a link taken from a map',
      [['delete', 'element', 'inet', 'plumbline', 'input', '{ virbr-lab }']],
      ['table'],
    ],
    [
      'a link taken from the links',
      [['delete', 'element', 'inet', 'plumbline', 'links', '{ virbr-lab }']],
      ['table', 'link'],
    ],
    [
      'a rule more',
      [['insert', 'rule', 'inet', 'plumbline', 'net/lab/input', 'tcp', 'dport', '22', 'return']],
      ['rules'],
    ],
    ['a rule more in a base chain', [['insert', 'rule', 'inet', 'plumbline', 'input', 'accept']], ['table']],
    ['a chain of a stranger', [['add', 'chain', 'inet', 'plumbline', 'mine']], ['table']],
    ['a table that sleeps', [['add', 'table', 'inet', 'plumbline', '{ flags dormant; }']], ['table']],
    ['another policy', [['add', 'chain', 'inet', 'plumbline', 'forward', '{ policy drop; }']], ['table']],
    ['a set of a stranger', [['add', 'set', 'inet', 'plumbline', 'mine', '{ type ipv4_addr; }']], ['table']],
  ];
  for (const [what, commands, fields] of damage) {
    it(`${what} is found and put right`, async () => {
      await run([SET_LAB, SET_RED]);
      const dump = nft('list', 'ruleset');
      expect(differences((await read()).firewall)).toEqual([]);
      for (const command of commands) nft(...command);
      expect(differences((await read()).firewall)).toEqual(fields);
      await run(fields.includes('missing') ? [SET_LAB, SET_RED] : [SET_LAB]);
      expect(differences((await read()).firewall)).toEqual([]);
      if (!what.startsWith('a flush of the table'))
        expect(sorted(nft('list', 'ruleset'))).toEqual(sorted(dump));
    });
  }

  type Poor = typeof import('./poor-machines.ts');
  const POOR = 'test/tools/nft/poor-machines.ts';
  const STEPS: [Parameters<Poor['both']>[0]] = [[{ key: 'k', op: SET_LAB }]];
  const poor = (how: keyof Poor) => runInNamespace<Poor, typeof how>(ns, POOR, how, STEPS);

  it('needs nothing of /etc', async () => {
    const { results, reading } = await poor('withoutEtc');
    expect(results.get('k')).toEqual({ ok: true });
    expect(differences(reading.firewall)).toEqual([]);
    expect(differences((await read()).firewall)).toEqual([]);
  });

  it('tells where nft is missing, with the package', async () => {
    const { results, reading } = await poor('withoutNft');
    expect(results.get('k')).toEqual({ ok: false, message: expect.stringContaining('package nftables') });
    expect(reading).toMatchObject({
      firewall: null,
      unavailable: expect.stringContaining('package nftables'),
    });
  });

  it('tells who has no rights', async () => {
    await run([SET_LAB]);
    const { results, reading } = await runAsNobody<Poor, 'both'>(ns, POOR, 'both', STEPS);
    expect(results.get('k')).toEqual({ ok: false, message: expect.stringContaining('not permitted') });
    expect(reading).toMatchObject({ firewall: null, unavailable: expect.stringContaining('not permitted') });
    expect(differences((await read()).firewall)).toEqual([]);
  });
});

/** The lines of a dump: nft lists chains in the order in which they were made. */
function sorted(dump: string): string[] {
  return dump.split('\n').sort();
}
