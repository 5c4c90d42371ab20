import { afterAll, beforeAll, expect, it } from 'vitest';
import { firewallKind } from '../../../src/kinds/firewall.ts';
import type { FirewallRule } from '../../../src/model/specs.ts';
import type { NftOp } from '../../../src/model/step.ts';
import { firewallRules, guardRules } from '../../../src/realise/firewall.ts';
import type { FirewallReading } from '../../../src/tools/nft/read.ts';
import { inChainOrder } from '../../../src/tools/nft/table.ts';
import type { StepResult } from '../../../src/tools/result.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { published, serving, subnet } from './servings.ts';

type Run = typeof import('../../../src/tools/nft/run.ts');
type Read = typeof import('../../../src/tools/nft/read.ts');

const anywhere = { outside: { is: 'anywhere' }, island: true } as const;
const byDevice = { outside: { is: 'link', name: 'eth0' }, island: true } as const;
const missing = { outside: { is: 'missing' }, island: true } as const;
const shared = { outside: { is: 'link', name: 'eth0' }, island: false } as const;

const web = [
  published('tcp', 8080, 80, ['10.20.0.10', 'fd00:20::10']),
  published('udp', 5353, 53, ['10.20.0.10'], '192.0.2.1'),
  published('tcp', 443, 443, ['fd00:20::10'], '2001:db8::1'),
];
const natIpv6 = { addresses: null, ports: null, ipv6: true };

/** By what each is about: together every statement that is ever written. */
const SHAPES: Record<string, FirewallRule[]> = {
  nat: firewallRules(serving('nat'), anywhere),
  'nat of both families, with published ports': firewallRules(
    serving('nat', { nat: natIpv6, published: web }),
    anywhere,
  ),
  'nat by one device': firewallRules(serving('nat', { published: web }), byDevice),
  'nat by a device that is missing': firewallRules(serving('nat'), missing),
  'nat as given addresses and ports': firewallRules(
    serving('nat', {
      nat: {
        addresses: { first: '192.0.2.5', last: '192.0.2.9' },
        ports: { first: 2000, last: 3000 },
        ipv6: true,
      },
    }),
    anywhere,
  ),
  'nat as one address and port': firewallRules(
    serving('nat', {
      nat: {
        addresses: { first: '192.0.2.5', last: '192.0.2.5' },
        ports: { first: 2000, last: 2000 },
        ipv6: false,
      },
    }),
    anywhere,
  ),
  'nat as IPv4 addresses of a prefix': firewallRules(
    serving('nat', {
      nat: { addresses: { first: '192.0.2.0', last: '192.0.2.255' }, ports: null, ipv6: false },
    }),
    anywhere,
  ),
  'nat as IPv6 addresses': firewallRules(
    serving('nat', {
      nat: { addresses: { first: '2001:db8::5', last: '2001:db8::9' }, ports: null, ipv6: true },
    }),
    anywhere,
  ),
  'nat as IPv6 addresses of a prefix': firewallRules(
    serving('nat', {
      nat: { addresses: { first: '2001:db8::', last: '2001:db8::ff' }, ports: null, ipv6: true },
    }),
    anywhere,
  ),
  'route with routes behind guests': firewallRules(
    serving('route', {
      subnets: [
        subnet('10.20.0.0/24', {
          routes: ['10.99.0.0/16', '10.98.0.7/32', '0.0.0.0/0'].map((destination) => ({
            destination,
            gateway: '10.20.0.254',
            metric: null,
            source: { file: 'f', line: 1, column: 1 },
          })),
        }),
        subnet('10.20.1.0/24'),
        subnet('fd00:20::/64', {
          routes: ['fd00:99::/48', 'fd00:98::7/128', '::/0'].map((destination) => ({
            destination,
            gateway: 'fd00:20::fe',
            metric: null,
            source: { file: 'f', line: 1, column: 1 },
          })),
        }),
      ],
    }),
    byDevice,
  ),
  isolated: firewallRules(serving('isolated'), anywhere),
  'isolated, with the whole host': firewallRules(serving('isolated', { hostAccess: true }), anywhere),
  'nat on a segment that others share': firewallRules(serving('nat', { hostAccess: true }), shared),
  'the guard of a host with one network': guardRules(6, {
    from: ['eth0', 'a-b.c_d'],
    served: ['virbr-lab'],
    bridges: [],
  }),
  'the guard of a host whose kernel forwards all or nothing': guardRules(4, {
    from: 'all',
    served: ['z9', 'virbr-lab', 'a-b.c_d'],
    bridges: ['br0'],
  }),
  'a comment of the largest size': [
    { ...guardRules(4, { from: ['eth0'], served: [], bridges: [] })[0], text: 'x'.repeat(128) },
  ].flatMap(({ chain, expr, text }) =>
    chain === undefined || expr === undefined ? [] : [{ chain, expr, text }],
  ),
};

describeNeeding(['root', 'nft'], 'rules that were written', () => {
  let ns: Namespace;
  let results: Map<string, StepResult>;
  let reading: FirewallReading;
  const run = (ops: readonly NftOp[]) =>
    runInNamespace<Run, 'runNft'>(ns, 'src/tools/nft/run.ts', 'runNft', [
      ops.map((op) => ({ key: op.owner, op })),
    ]);
  const read = () => runInNamespace<Read, 'readFirewall'>(ns, 'src/tools/nft/read.ts', 'readFirewall', []);

  /** Each is a network of its own, but for what is of the host itself. */
  const owned = Object.entries(SHAPES).map(([what, rules], i) =>
    rules.some(({ chain }) => chain === 'forward')
      ? { what, rules, owner: '~host', link: null }
      : { what, rules, owner: `${i}-lab.x`, link: `virbr-${i}` },
  );
  const ofNetworks = owned.filter(({ link }) => link !== null);
  beforeAll(async () => {
    ns = createNamespace();
    results = await run(ofNetworks.map(({ owner, link, rules }) => ({ do: 'set', owner, link, rules })));
    reading = await read();
  });
  afterAll(() => ns.remove());

  for (const { what, rules, owner, link } of owned) {
    it(`are read back as they were written: ${what}`, async () => {
      expect(rules.length).toBeGreaterThan(0);
      const result =
        link === null ? (await run([{ do: 'set', owner, link, rules }])).get(owner) : results.get(owner);
      expect(result).toEqual({ ok: true });
      const { firewall, unavailable } = link === null ? await read() : reading;
      expect(unavailable).toBeNull();
      expect(firewall?.whole).toBe(true);
      const found = firewall?.owners.find((one) => one.owner === owner);
      expect(found?.link).toBe(link);
      expect(found?.rules.map(({ chain, text }) => [chain, text])).toEqual(
        inChainOrder(rules).map(({ chain, text }) => [chain, text]),
      );
      const wanted = { link, rules, whole: true };
      const before = { link, rules: found?.rules ?? [], whole: true };
      expect(firewallKind.compare(before, wanted)).toEqual([]);
    });
  }

  it('survive a dump that is loaded again, as an operator may do', async () => {
    // nft 1.0.6 prints addresses of a whole prefix, with ports, in words that it does not read itself.
    const unreadable = ofNetworks.filter(({ what }) => what.endsWith('addresses of a prefix'));
    expect(unreadable).toHaveLength(2);
    await run(unreadable.map(({ owner }) => ({ do: 'remove', owner })));
    const before = await read();
    expect(before.firewall?.owners.map(({ owner }) => owner)).toContain('0-lab.x');
    const dump = ns.exec('nft', 'list', 'ruleset');
    ns.exec('nft', 'flush', 'ruleset');
    expect((await read()).firewall).toBeNull();
    const child = ns.start('nft', '-f', '-');
    child.stdin?.end(dump);
    expect(await new Promise((done) => child.once('exit', done))).toBe(0);
    expect(await read()).toEqual(before);
  });
});
