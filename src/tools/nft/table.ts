import type { FirewallState } from '../../model/host.ts';
import type { FirewallChain, FirewallRule } from '../../model/specs.ts';
import { address, byLink, jump, link, port, RETURN, toHost } from './statements.ts';

/**
 * The table `inet plumbline`. Its base chains lead, by maps from the name of a link to a verdict, to the chains of each
 * owner, so that a packet costs the same however many networks there are. Chains of owners return what they let pass:
 * a forwarded packet must get by the network that it comes from and by the one that it goes to.
 */
export const FAMILY = 'inet';
export const TABLE = 'plumbline';

export type OwnedRules = FirewallState['owners'][number];

/** What a table holds, as data that can be compared: what is wanted, and what was read. */
export interface NftTable {
  chains: Map<string, NftChain>;
  /** By name; each key once. */
  sets: Map<string, NftSet>;
  /** Something that we never write: flags of the table, chains or objects that are nobody's. */
  strange: boolean;
}

export interface NftChain {
  base: NftBase | null;
  rules: readonly Pick<FirewallRule, 'text' | 'expr'>[];
}

export interface NftBase {
  type: string;
  hook: string;
  priority: number;
  policy: string;
}

export interface NftSet {
  /** A map to verdicts, or a set of links of which each has its owner as comment. */
  map: boolean;
  /** Link to chain, or link to owner. */
  elements: Map<string, string>;
}

/** The links of all owners. */
export const LINKS = 'links';
const PUBLISHED = 'published';

/** In the order of a packet's way, which is the order in which rules are told. */
const CHAINS = [
  'input',
  'nat-in',
  'forward',
  'forward-out',
  'forward-in',
  'nat-out',
] as const satisfies readonly FirewallChain[];

/** Chains that the name of a link leads to. */
const BY_LINK = ['input', 'forward-out', 'forward-in', 'nat-out'] as const satisfies readonly FirewallChain[];

/** `lab`, and `~host`, which no network is called: nft's own language has no `~` in names. */
const HOST = '~host';

function chainName(owner: string, chain: FirewallChain): string {
  return owner === HOST ? `host/${chain}` : `net/${owner}/${chain}`;
}

/** Whose a chain is; null for base chains, and for what nobody here writes. */
export function chainOwner(name: string): { owner: string; chain: FirewallChain } | null {
  const parts = name.split('/');
  const [owner, last] = parts.length === 2 && parts[0] === 'host' ? [HOST, parts[1]] : [parts[1], parts[2]];
  const chain = CHAINS.find((one) => one === last);
  return owner !== undefined && chain !== undefined && chainName(owner, chain) === name
    ? { owner, chain }
    : null;
}

/** The table in which these owners have what is theirs. */
export function tableOf(owners: readonly OwnedRules[]): NftTable {
  const chains = new Map<string, NftChain>();
  const sets = new Map<string, NftSet>([[LINKS, { map: false, elements: new Map() }]]);
  const leads: Record<FirewallChain, string[]> = {
    input: [],
    'nat-in': [],
    forward: [],
    'forward-out': [],
    'forward-in': [],
    'nat-out': [],
  };
  for (const { owner, link: name, rules } of owners) {
    if (name !== null) sets.get(LINKS)?.elements.set(name, owner);
    for (const chain of CHAINS) {
      const own = rules.filter((rule) => rule.chain === chain);
      if (own.length === 0) continue;
      const full = chainName(owner, chain);
      chains.set(full, { base: null, rules: own.map(({ text, expr }) => ({ text, expr })) });
      leads[chain].push(full);
    }
  }
  for (const chain of BY_LINK) {
    const elements = new Map<string, string>();
    for (const { owner, link: name } of owners) {
      const full = chainName(owner, chain);
      if (name !== null && chains.has(full)) elements.set(name, full);
    }
    if (elements.size > 0) sets.set(chain, { map: true, elements });
  }
  for (const [name, chain] of skeleton(leads, sets)) chains.set(name, chain);
  return { chains, sets, strange: false };
}

/** Rules in the order in which they are told, whatever order their chains were named in. */
export function inChainOrder(rules: readonly FirewallRule[]): FirewallRule[] {
  return CHAINS.flatMap((chain) => rules.filter((rule) => rule.chain === chain));
}

/** Base chains for what there is: a hook that nobody needs costs every packet of the host. */
function* skeleton(
  leads: Readonly<Record<FirewallChain, readonly string[]>>,
  sets: ReadonlyMap<string, NftSet>,
): Generator<[string, NftChain]> {
  const byName = (chain: FirewallChain, direction: 'iifname' | 'oifname') =>
    sets.has(chain) ? [rule('', byLink(direction, chain))] : [];
  const input = byName('input', 'iifname');
  if (input.length > 0) yield ['input', base('filter', 'input', 0, input)];

  const forward = [
    ...leads.forward.map(lead),
    ...byName('forward-out', 'iifname'),
    ...byName('forward-in', 'oifname'),
  ];
  if (forward.length > 0) yield ['forward', base('filter', 'forward', 0, forward)];

  if (leads['nat-in'].length > 0) {
    yield [PUBLISHED, { base: null, rules: leads['nat-in'].map(lead) }];
    const published = rule('to an address of this host', toHost(), jump(PUBLISHED));
    // NF_IP_PRI_NAT_DST, as every program has it that translates destinations.
    yield ['prerouting', base('nat', 'prerouting', -100, [...OWN_SERVICES, published])];
    yield ['output', base('nat', 'output', -100, [...LOOPBACK, published])];
  }
  const out = byName('nat-out', 'iifname');
  // NF_IP_PRI_NAT_SRC.
  if (out.length > 0) yield ['postrouting', base('nat', 'postrouting', 100, out)];
}

/** Of a guest that asks the gateway of its own network for names or a lease, whatever is published. */
const OWN_SERVICES = [
  rule(
    'names are asked of the own gateway',
    link('iifname', `@${LINKS}`),
    port('udp', [53, 67, 547]),
    toHost(true),
    RETURN,
  ),
  rule(
    'names are asked of the own gateway',
    link('iifname', `@${LINKS}`),
    port('tcp', 53),
    toHost(true),
    RETURN,
  ),
];
/** No packet to a loopback address leaves the host: the kernel would need route_localnet, which opens them to guests. */
const LOOPBACK = [
  rule('the host speaks to itself', address('daddr', '127.0.0.0/8'), RETURN),
  rule('the host speaks to itself', address('daddr', '::1'), RETURN),
];

function base(type: string, hook: string, priority: number, rules: NftChain['rules']): NftChain {
  return { base: { type, hook, priority, policy: 'accept' }, rules };
}

function rule(text: string, ...expr: unknown[]): NftChain['rules'][number] {
  return { text, expr };
}

function lead(target: string) {
  return rule('', jump(target));
}
