import type { PortRange, Published, ServedSubnet, Serving } from '../desired/serving.ts';
import { familyOf } from '../model/ip.ts';
import type { FirewallChain, FirewallRule } from '../model/specs.ts';
import {
  ANSWER,
  address,
  CLAMP,
  DROP,
  dnat,
  family,
  icmp,
  link,
  masquerade,
  match,
  port,
  protocol,
  REJECT,
  RETURN,
  snat,
  TCP,
  TRANSLATED,
  toHost,
  UDP,
} from '../tools/nft/statements.ts';

/** What the rules of a network depend on besides what the documents say of its service. */
export interface RulesFacts {
  /** By which links it may be left. */
  outside: { is: 'anywhere' } | { is: 'link'; name: string } | { is: 'missing' };
  /**
   * Only guests of this host are on it (`virtual`): what comes from it is from them, and they have no business with the
   * host but what it serves. On any other realisation the host's own traffic goes by the same link.
   */
  island: boolean;
}

/** Every link that has rules here, as the table knows them. */
const NETWORKS = '@links';
/** Of connections that guests open: a port below 1024 would tell a server that root of this host is speaking. */
const UNPRIVILEGED: PortRange = { first: 1024, last: 65_535 };

/**
 * The rules of one network, of which each is met by its own packets only. A forwarded packet must get by the network
 * from which it comes and by the one to which it goes: so `route` can reach what is open to all and no `nat` network,
 * whose guests can reach it, and `isolated` neither reaches nor is reached. None where all is open.
 */
export function firewallRules(serving: Serving, facts: RulesFacts): FirewallRule[] {
  if (serving.forward === 'open') return [];
  return [
    ...(facts.island && !serving.hostAccess ? inputRules(serving) : []),
    ...publishedRules(serving),
    ...leavingRules(serving, facts),
    ...enteringRules(serving, facts),
    ...translationRules(serving),
  ];
}

/** What the guard of one family is to keep apart. */
export interface GuardFacts {
  /** Links of which the kernel forwards what comes by them; `all` where it can be told to for all at once only. */
  from: readonly string[] | 'all';
  /** Links of networks that this host serves and that have no place in the table: it knows the others itself. */
  served: readonly string[];
  /** Other bridges: the firewall may see what they switch, as if it were forwarded (br_netfilter). */
  bridges: readonly string[];
}

/**
 * Where the machine as a whole is no router, forwarding that a network needs makes it one between the host's other
 * links as well (ip-sysctl, `forwarding`: of the interface by which a packet comes). These rules keep it from that.
 */
export function guardRules(version: 4 | 6, { from, served, bridges }: GuardFacts): FirewallRule[] {
  const chain = 'forward';
  // By the table's own set of links: one that git has left and a running guest has not is in it for as long as it stands.
  const elsewhere = (direction: 'iifname' | 'oifname', names: readonly string[]) => {
    const networks = link(direction, NETWORKS, '!=');
    const [only, ...others] = [...names].sort();
    if (only === undefined) return [networks];
    return [
      networks,
      match({ meta: { key: direction } }, others.length === 0 ? only : { set: [only, ...others] }, '!='),
    ];
  };
  if (from === 'all') {
    return [
      ...bridges.map((name) =>
        rule(
          chain,
          `IPv${version} within ${name}`,
          family(version),
          link('iifname', name),
          link('oifname', name),
          RETURN,
        ),
      ),
      rule(
        chain,
        `this host is no IPv${version} router between other links`,
        family(version),
        ...elsewhere('iifname', served),
        ...elsewhere('oifname', served),
        DROP,
      ),
    ];
  }
  return from.map((name) =>
    rule(
      chain,
      `this host routes IPv${version} from ${name} to its networks only`,
      family(version),
      link('iifname', name),
      ...elsewhere('oifname', [...served, name]),
      DROP,
    ),
  );
}

/** What guests may have of the host. */
function inputRules({ subnets, dns }: Serving): FirewallRule[] {
  const dhcp = (version: 4 | 6) =>
    subnets.some((subnet) => subnet.family === version && (subnet.dhcp !== null || subnet.slaac));
  const chain = 'input';
  return [
    rule(chain, 'answers to this host', ANSWER, RETURN),
    ...(dhcp(4) ? [rule(chain, 'DHCP', family(4), port('udp', 67), RETURN)] : []),
    ...(dhcp(6) ? [rule(chain, 'DHCPv6', family(6), port('udp', 547), RETURN)] : []),
    ...(dns.enabled
      ? (['udp', 'tcp'] as const).map((name) =>
          rule(chain, `DNS by ${name}, at the gateway`, port(name, 53), toHost(true), RETURN),
        )
      : []),
    rule(chain, 'ping', icmp(4, 'echo-request'), RETURN),
    rule(chain, 'ping, and finding neighbours by IPv6', icmp(6, ICMPV6), RETURN),
    rule(chain, 'nothing else of this host', REJECT),
  ];
}

/** RFC 4890 4.4.1, but for router advertisements and redirects: guests are no routers to the host. */
const ICMPV6 = [
  'echo-request',
  'mld-listener-query',
  'mld-listener-report',
  'mld-listener-done',
  'nd-router-solicit',
  'nd-neighbor-solicit',
  'nd-neighbor-advert',
  'mld2-listener-report',
];

/** Ports of the host's that lead to guests. */
function publishedRules({ published }: Serving): FirewallRule[] {
  return published.flatMap((one) =>
    one.targets
      .filter((target) => one.address === null || familyOf(target) === familyOf(one.address))
      .map((target) =>
        rule(
          'nat-in',
          publishedText(one, target),
          ...(one.address === null ? [] : [address('daddr', one.address)]),
          port(one.protocol, one.port),
          dnat(target, one.to),
        ),
      ),
  );
}

function publishedText(
  { guest, interface: nic, protocol: name, port: number, to }: Published,
  target: string,
) {
  const where = target.includes(':') ? `[${target}]:${to}` : `${target}:${to}`;
  return `${name} port ${number} is ${where} of ${guest} ${nic}`;
}

/** From guests to elsewhere. */
function leavingRules(serving: Serving, { outside, island }: RulesFacts): FirewallRule[] {
  const chain = 'forward-out';
  const inside = rule(chain, 'among machines of the network', link('oifname', serving.link), RETURN);
  if (serving.forward === 'isolated') return [inside, rule(chain, 'isolated: no way out', REJECT)];
  const bound = outside.is === 'anywhere' ? [] : [boundTo(chain, 'oifname', outside)];
  const sources = island ? sourceRules(serving) : [];
  const translates = serving.forward === 'nat';
  if (bound.length === 0 && sources.length === 0 && !translates) return [];
  return [inside, ...bound, segments(chain), ...sources];
}

/** From elsewhere to guests. */
function enteringRules(serving: Serving, { outside, island }: RulesFacts): FirewallRule[] {
  const chain = 'forward-in';
  const inside = rule(chain, 'among machines of the network', link('iifname', serving.link), RETURN);
  if (serving.forward === 'isolated') return [inside, rule(chain, 'isolated: no way in', REJECT)];
  const bound = outside.is === 'anywhere' ? [] : [boundTo(chain, 'iifname', outside)];
  if (serving.forward !== 'nat') {
    return bound.length === 0 && !island ? [] : [inside, ...bound, segments(chain)];
  }
  const routed = serving.subnets.some((subnet) => subnet.family === 6) && !serving.nat.ipv6;
  return [
    inside,
    ...bound,
    segments(chain),
    rule(chain, 'answers to guests', ANSWER, RETURN),
    ...(serving.published.length > 0 ? [rule(chain, 'published ports', TRANSLATED, RETURN)] : []),
    ...(routed ? [rule(chain, 'IPv6 is routed', family(6), RETURN)] : []),
    rule(chain, 'nobody else opens connections to guests', REJECT),
  ];
}

/** Networks of this host are no outside: each says itself who may reach it. */
function boundTo(
  chain: FirewallChain,
  direction: 'iifname' | 'oifname',
  outside: Exclude<RulesFacts['outside'], { is: 'anywhere' }>,
): FirewallRule {
  const networks = link(direction, NETWORKS, '!=');
  return outside.is === 'missing'
    ? rule(chain, 'the device to the outside is missing', networks, REJECT)
    : rule(
        chain,
        `${outside.name} is the only way ${direction === 'oifname' ? 'out' : 'in'}`,
        link(direction, outside.name, '!='),
        networks,
        REJECT,
      );
}

/**
 * Ways on which errors about packets that are too large get lost are common, and a host whose way out takes less than
 * its guests' links is all it takes to be on one.
 */
function segments(chain: FirewallChain): FirewallRule {
  return rule(chain, 'TCP segments fit the way', ...CLAMP);
}

/** Guests are their own addresses and what the documents route to them (RFC 2827). */
function sourceRules({ subnets }: Serving): FirewallRule[] {
  const chain = 'forward-out';
  const sources = subnets.flatMap(({ subnet, routes }) => [
    subnet,
    ...routes.map(({ destination }) => destination),
  ]);
  return [
    ...[...new Set(sources)].map((source) => rule(chain, `from ${source}`, address('saddr', source), RETURN)),
    rule(chain, 'from addresses that are not of the network', REJECT),
  ];
}

/** How guests of a `nat` network leave the host. */
function translationRules(serving: Serving): FirewallRule[] {
  const families = translatedFamilies(serving);
  if (families.length === 0) return [];
  const chain = 'nat-out';
  const protocols = [...new Set(serving.published.map((one) => one.protocol))].sort();
  return [
    // Else the other guest would answer directly, from an address that the first has not asked.
    ...protocols.map((name) =>
      rule(
        chain,
        `a guest at a ${name} port that this host publishes for another`,
        link('oifname', serving.link),
        TRANSLATED,
        protocol(name === 'tcp' ? TCP : UDP),
        masquerade(UNPRIVILEGED),
      ),
    ),
    rule(chain, 'what stays in the network is left alone', link('oifname', serving.link), RETURN),
    ...families.flatMap((version) => [
      ...NEVER_TRANSLATED[version].map(([where, text]) =>
        rule(chain, `${text} is left alone`, address('daddr', where), RETURN),
      ),
      ...translation(serving, version),
    ]),
  ];
}

/** What never leaves a link: who asks by it refuses an answer from elsewhere. */
const NEVER_TRANSLATED = {
  4: [
    ['224.0.0.0/24', 'multicast of one link'],
    ['255.255.255.255', 'broadcast'],
  ],
  6: [['ff02::/16', 'multicast of one link']],
} as const;

function translation({ nat }: Serving, version: 4 | 6): FirewallRule[] {
  const { addresses } = nat;
  const given = addresses !== null && familyOf(addresses.first) === version ? addresses : null;
  const ports = nat.ports ?? UNPRIVILEGED;
  const to = (range: PortRange | null) => (given === null ? masquerade(range) : snat(given, range));
  const as = given === null ? 'as the link by which it leaves' : `as ${rangeText(given)}`;
  const span = `ports ${ports.first}-${ports.last}`;
  const chain = 'nat-out';
  return [
    rule(chain, `IPv${version} tcp leaves ${as}, ${span}`, family(version), protocol(TCP), to(ports)),
    rule(chain, `IPv${version} udp leaves ${as}, ${span}`, family(version), protocol(UDP), to(ports)),
    rule(chain, `other IPv${version} leaves ${as}`, family(version), to(null)),
  ];
}

function translatedFamilies({ forward, subnets, nat }: Serving): (4 | 6)[] {
  if (forward !== 'nat') return [];
  const has = (version: 4 | 6) => subnets.some((subnet: ServedSubnet) => subnet.family === version);
  return ([4, 6] as const).filter((version) => has(version) && (version === 4 || nat.ipv6));
}

function rangeText({ first, last }: { first: string; last: string }): string {
  return first === last ? first : `${first}-${last}`;
}

/** What nft takes as a comment (NFTNL_UDATA_COMMENT_MAXLEN), in ASCII. */
const MAX_TEXT = 128;

function rule(chain: FirewallChain, text: string, ...expr: readonly unknown[]): FirewallRule {
  return { chain, text: text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 3)}...`, expr };
}
