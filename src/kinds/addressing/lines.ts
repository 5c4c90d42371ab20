import type { Addressing, HostAddress, HostRoute, PlacedAddress } from '../../model/addressing.ts';
import { addressAltname } from '../../model/mark.ts';
import type { DraftStep } from '../kind.ts';
import { linkSetting } from '../link/host-link.ts';
import { isLinkLocal } from './places.ts';
import { recordText } from './record.ts';

/** Where addresses and routes go. */
export interface Move {
  addressing: Addressing;
  /** The bridge that is to have them; null: back to the NIC. */
  bridge: string | null;
  /** How `ip` addresses a link by its name. */
  ref(link: string): string;
  /** Lines that come first. */
  before: readonly string[];
  /** What enslaves or releases the NIC, between the addresses' arrival and the routes'. */
  switchOver: readonly string[];
  /** Lines that come last, in the same batch. */
  afterwards: readonly string[];
}

/**
 * Make before break: the records and the addresses on the new link; when those are usable, in one batch the switch, the
 * routes, and only then the old link's loss of them. Wherever it ends, every address is on one of the links at least,
 * the bridge records what it has of ours, and what is missing is done by the next run.
 *
 * While the NIC is a port, what comes in belongs to the bridge and is taken for any address of the host, and what goes
 * out by the NIC's own routes goes out all the same. So it is enslaved before the routes leave it, and released after
 * they have come back.
 */
export function moveSteps(move: Move, word: string): DraftStep[] {
  const target = move.bridge ?? move.addressing.nic;
  const arriving = inOrder(
    move.addressing.addresses.filter(({ on }) => !on.includes(target)).map(({ address }) => address),
  );
  const steps: DraftStep[] = [];
  const slow = arriving.filter(({ family }) => family === 6).map(({ local }) => local);
  // A bridge by which a network without IPv6 was served before takes no IPv6 address otherwise.
  if (slow.length > 0 && move.bridge !== null) {
    const writes = [linkSetting(move.bridge, 'disable_ipv6', '0')];
    steps.push({ word: 'take-ipv6', tool: 'sysctl', writes });
  }
  const arrival = arrivalLines(move, target, arriving);
  if (arrival.length > 0) steps.push({ word: 'arrive', tool: 'ip', lines: arrival, strict: true });
  if (slow.length > 0) {
    steps.push({ word: 'settle', tool: 'settle', link: move.ref(target), addresses: slow });
  }
  const departure = departureLines(move, target);
  const { bridge, switchOver } = move;
  const lines = [
    ...usualLines(move, target),
    ...(bridge === null ? [...departure, ...switchOver] : [...switchOver, ...departure]),
    ...forgetLines(move),
    ...move.afterwards,
  ];
  return lines.length === 0 ? steps : [...steps, { word, tool: 'ip', lines, strict: true }];
}

function arrivalLines(
  { addressing: { nic, addresses }, bridge, ref, before }: Move,
  target: string,
  arriving: readonly HostAddress[],
): string[] {
  return [
    ...before,
    ...addresses
      .filter(({ recordedBy }) => bridge !== null && !recordedBy.includes(bridge))
      .map(
        ({ address }) => `link property add dev ${ref(target)} altname ${altnameOf(target, nic, address)}`,
      ),
    ...arriving.map((address) => addressLine('replace', address, target, ref, ' nodad')),
  ];
}

/**
 * IPv6 addresses were to be usable at once; from now on they are addresses like any other (inet6_addr_modify clears the
 * flag), those too that an earlier run has left. What was the NIC's all the time is not touched.
 */
function usualLines({ addressing: { nic, addresses }, ref }: Move, target: string): string[] {
  return addresses
    .filter(({ address, on }) => address.family === 6 && !(on.length === 1 && on[0] === target))
    .filter(({ address }) => target !== nic || !isLinkLocal(address))
    .map(({ address }) => addressLine('change', address, target, ref, ''));
}

function forgetLines({ addressing: { nic, addresses }, bridge, ref }: Move): string[] {
  return addresses.flatMap(({ address, recordedBy }) =>
    recordedBy
      .filter((recorder) => recorder !== bridge)
      .map(
        (recorder) => `link property del dev ${ref(recorder)} altname ${altnameOf(recorder, nic, address)}`,
      ),
  );
}

function departureLines({ addressing: { nic, addresses, routes }, ref }: Move, target: string): string[] {
  // A route that leans on another's next hop comes after it.
  const inTurn = [...routes].sort((a, b) => Number(a.gateway !== null) - Number(b.gateway !== null));
  const leaving = inTurn.filter(({ devices }) => !devices.includes(target));
  const known = new Set(inTurn.filter(({ devices }) => devices.includes(target)).map(routeWords));
  const arrivingRoutes = [...new Set(leaving.map(routeWords))].filter((words) => !known.has(words));
  return [
    ...arrivingRoutes.map((words) => `route append ${words} dev ${ref(target)}`),
    ...leaving
      .toReversed()
      .flatMap((route) => route.devices.map((device) => `route del ${routeWords(route)} dev ${ref(device)}`)),
    // The last first: with the primary IPv4 address of a prefix its secondary ones go too.
    ...addresses
      .toReversed()
      .flatMap((one) =>
        leavingLinks(one, nic, target).map(
          (link) => `addr del ${addressWords(one.address)} dev ${ref(link)}`,
        ),
      ),
  ];
}

/** The kernel puts a new IPv4 address behind the others and a new IPv6 address before those of its scope. */
function inOrder(addresses: readonly HostAddress[]): HostAddress[] {
  return [
    ...addresses.filter(({ family }) => family === 4),
    ...addresses.filter(({ family }) => family === 6).toReversed(),
  ];
}

/** The links that lose an address; a NIC keeps its link-local ones. */
function leavingLinks({ address, on }: PlacedAddress, nic: string, target: string): string[] {
  return on.filter((link) => link !== target && !(link === nic && isLinkLocal(address)));
}

export function altnameOf(bridge: string, nic: string, address: HostAddress): string {
  return addressAltname(bridge, nic, recordText(address));
}

function addressLine(
  verb: 'replace' | 'change',
  address: HostAddress,
  link: string,
  ref: (link: string) => string,
  flags: string,
): string {
  const { family, broadcast, scope, metric, label, noPrefixRoute, deprecated } = address;
  let words = addressWords(address);
  if (broadcast !== null) words += ` broadcast ${broadcast}`;
  // IPv6 scopes follow from the address itself.
  if (family === 4) words += ` scope ${scope}`;
  if (metric !== null) words += ` metric ${metric}`;
  if (noPrefixRoute) words += ' noprefixroute';
  if (deprecated) words += ' valid_lft forever preferred_lft 0';
  if (family === 6) words += flags;
  // `ip` wants a label to begin with the very word that stands for the link.
  const full = label === '' || link.length + label.length > LABEL_MAX ? '' : `${link}${label}`;
  return full === ''
    ? `addr ${verb} ${words} dev ${ref(link)}`
    : `addr ${verb} ${words} label ${full} dev ${link}`;
}

/** IFNAMSIZ - 1 */
const LABEL_MAX = 15;

function addressWords({ local, prefix, peer }: HostAddress): string {
  return peer === null ? `${local}/${prefix}` : `${local} peer ${peer}/${prefix}`;
}

/** All of a route but its link: equal texts are the same route. */
function routeWords(route: HostRoute): string {
  const { type, destination, gateway, table, protocol, scope, source, metric, onlink, preference } = route;
  let words = `${type} ${destination}`;
  if (gateway !== null) words += ` via ${gateway}`;
  words += ` table ${table} proto ${protocol}`;
  if (route.family === 4) words += ` scope ${scope}`;
  if (source !== null) words += ` src ${source}`;
  if (metric !== null) words += ` metric ${metric}`;
  for (const [name, value] of route.metrics) words += ` ${name} ${value}`;
  if (preference !== null) words += ` pref ${preference}`;
  if (onlink) words += ' onlink';
  return words;
}
