import { byName } from '../model/by-name.ts';
import type { HostState, LinkState, OvsBridgeState, OvsPortState } from '../model/host.ts';
import { guestOfOwner, linkMark, recordedGateways } from '../model/mark.ts';
import { compareNatural } from '../model/order.ts';
import { cutLine, type Line, type Medium, padLine, paintLine, type Span, span, widthOf } from './line.ts';

/** The kernel's loopback, and the links that Open vSwitch's datapaths have for themselves. */
const OWN_OF_OTHERS = new Set(['lo', 'ovs-netdev', 'ovs-system']);

/** A link or bridge, and what stands on it. */
interface Branch {
  name: Span;
  words: string;
  /** Whose it is, in the documents' words; empty for what is not ours. */
  owner: string;
  children: Branch[];
}

/**
 * What stands on a host, as a tree: bridges with their ports, parents with their macvtaps, Open vSwitch bridges with
 * their ports, then links that have to do with none of these. It ends in a newline.
 */
export function renderTree(host: string, state: HostState, medium: Medium): string {
  const rows: { left: Line; branch: Branch }[] = [];
  const roots = branches(state, medium);
  const glyphs = medium.unicode ? ['├─ ', '└─ ', '│  '] : ['|- ', '`- ', '|  '];
  const walk = (children: readonly Branch[], indent: string) => {
    for (const [i, branch] of children.entries()) {
      const last = i === children.length - 1;
      const [tee = '', corner = '', bar = ''] = glyphs;
      rows.push({ left: [span(indent + (last ? corner : tee), medium, 'dim'), branch.name], branch });
      walk(branch.children, indent + (last ? '   ' : bar));
    }
  };
  walk(roots, '');

  const nameWidth = Math.max(0, ...rows.map(({ left }) => widthOf(left))) + 2;
  const wordsWidth = Math.max(0, ...rows.map(({ branch }) => branch.words.length)) + 2;
  const lines: Line[] = rows.map(({ left, branch }) => {
    const words: Line = [span(branch.words, medium)];
    return [...padLine(left, nameWidth), ...padLine(words, wordsWidth), span(branch.owner, medium, 'dim')];
  });
  return [[span(host, medium, 'bold')], ...lines]
    .map((line) => `${paintLine(cutLine(line, medium), medium.color)}\n`)
    .join('');
}

function branches({ links, ovs, services }: HostState, medium: Medium): Branch[] {
  const named = byName(links);
  const bridges = ovs?.bridges ?? [];
  const inOvs = new Set(bridges.flatMap(({ name, ports }) => [name, ...ports.map((port) => port.name)]));
  const sorted = links
    .filter(({ name }) => !OWN_OF_OTHERS.has(name))
    .sort((a, b) => order(a) - order(b) || compareNatural(a.name, b.name));

  const dnsmasq = new Map(services?.dnsmasq.map((one) => [one.link, one.pid]));
  const branchOf = (link: LinkState): Branch =>
    linkBranch(link, servingWords(link, dnsmasq), medium, above(link));
  const above = (link: LinkState): Branch[] =>
    sorted
      .filter((other) => other.master === link.name || (isAbove(other) && other.parent === link.name))
      .map(branchOf);
  const rooted = sorted.filter((link) => {
    if (inOvs.has(link.name)) return false;
    return !named.has(link.master ?? '') && !(isAbove(link) && named.has(link.parent ?? ''));
  });
  return [
    ...rooted.filter(({ type }) => type === 'bridge').map(branchOf),
    ...bridges.map((bridge) => ovsBranch(bridge, named, dnsmasq, medium)),
    ...rooted.filter(({ type }) => type !== 'bridge').map(branchOf),
  ];
}

/** NICs before guest devices. */
function order(link: LinkState | undefined): number {
  return link?.type === 'macvtap' || link?.tap ? 1 : 0;
}

function linkBranch(link: LinkState, serving: string, medium: Medium, children: Branch[]): Branch {
  const mark = linkMark(link);
  return {
    name: span(link.name, medium, mark.is === 'ours' ? 'good' : 'plain'),
    words: linkWords(link) + serving,
    owner: mark.is === 'ours' ? ownerWords(mark.owner) : '',
    children,
  };
}

/** By link, the number of the process that serves it; null where it has ended. */
type Services = ReadonlyMap<string, number | null>;

/** `, serves 10.20.0.1/24, dnsmasq 4711`: by what is recorded on the link. */
function servingWords({ name, altnames }: LinkState, dnsmasq: Services): string {
  const addresses = recordedGateways(altnames).map(({ address, prefix }) => `${address}/${prefix}`);
  const pid = dnsmasq.get(name);
  return [
    addresses.length === 0 ? '' : `, serves ${addresses.sort().join(' and ')}`,
    pid === undefined ? '' : `, dnsmasq ${pid === null ? 'dead' : `pid ${pid}`}`,
  ].join('');
}

/** A link that stands on another, which is its parent. */
function isAbove({ type }: LinkState): boolean {
  return type === 'macvtap' || type === 'macvlan';
}

function linkWords(link: LinkState): string {
  const state = link.up ? '' : ', down';
  if (link.macvtap !== null) return `macvtap ${link.macvtap.mode}${state}`;
  if (link.macvlan !== null) return `macvlan ${link.macvlan.mode}${state}`;
  if (link.tap !== null) return `tap${link.port?.isolated ? ', isolated' : ''}${state}`;
  const carrier = link.up && !link.carrier && link.type !== 'bridge' ? ', no carrier' : '';
  const mtu = link.mtu === 1500 ? '' : `, mtu ${link.mtu}`;
  return `${link.type === 'physical' || link.type === 'veth' ? 'nic' : link.type}${mtu}${state}${carrier}`;
}

function ovsBranch(
  bridge: OvsBridgeState,
  links: ReadonlyMap<string, LinkState>,
  dnsmasq: Services,
  medium: Medium,
): Branch {
  const owner = bridge.externalIds.plumbline;
  return {
    name: span(bridge.name, medium, owner === undefined ? 'plain' : 'good'),
    words: `Open vSwitch, ${bridge.datapath}`,
    owner: owner === undefined ? '' : ownerWords(owner),
    children: bridge.ports
      .filter(({ name }) => name !== bridge.name)
      .sort((a, b) => order(links.get(a.name)) - order(links.get(b.name)) || compareNatural(a.name, b.name))
      .map((port) => portBranch(port, links.get(port.name), dnsmasq, medium)),
  };
}

function portBranch(
  port: OvsPortState,
  link: LinkState | undefined,
  dnsmasq: Services,
  medium: Medium,
): Branch {
  const owner = port.externalIds.plumbline;
  const vlans = [
    port.tag === null ? '' : `, vlan ${port.tag}`,
    port.trunks.length === 0 ? '' : `, trunk ${port.trunks.join(' ')}`,
    port.protected ? ', isolated' : '',
  ].join('');
  return {
    name: span(port.name, medium, owner === undefined ? 'plain' : 'good'),
    words: `${link === undefined ? 'no link' : linkWords(link)}${vlans}${link === undefined ? '' : servingWords(link, dnsmasq)}`,
    owner: owner === undefined ? '' : ownerWords(owner),
    children: [],
  };
}

function ownerWords(owner: string): string {
  const guest = guestOfOwner(owner);
  if (guest !== null) return `${guest.guest} ${guest.iface}`;
  return owner.startsWith('Network/') ? `network ${owner.slice('Network/'.length)}` : owner;
}
