import type { HostAddress } from '../model/addressing.ts';
import { SCOPE_GLOBAL } from '../model/addressing.ts';
import type { HostState, LinkState } from '../model/host.ts';
import { familyOf, networkOf } from '../model/ip.ts';
import type { Mark } from '../model/mark.ts';
import {
  gatewayAltname,
  linkMark,
  linkOwner,
  recordedAddressTexts,
  recordedGateways,
} from '../model/mark.ts';
import type { AnyChange } from '../model/plan.ts';
import type { Claim, Id, Observed } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { AddressSpec } from '../model/specs.ts';
import { recordedAddress } from './addressing/record.ts';
import { setAddresses } from './addressing/simulate.ts';
import { HOST_FIREWALL } from './firewall.ts';
import type { DraftStep, KindModule, StepContext } from './kind.ts';

/**
 * An address by which the host serves a network, recorded in an altname of the link that has it: recorded first and
 * added then, deleted first and forgotten then, so that a kill in between leaves nothing that nobody owns. The record
 * is the mark of the address alone: the link may be somebody else's.
 *
 * IPv6 addresses are added without a search for duplicates: several hosts that serve a segment have the gateway's
 * address by design, and on a bridge without a carrier, which waits for its first guest, the search would not begin,
 * and nothing could be bound to the address until then.
 */
export const addressKind: KindModule<'address'> = {
  kind: 'address',
  cosmetic: ['state'],
  voided: () => 'none',

  observe(state) {
    const rules = new Map(
      (state.services?.firewall?.owners ?? []).map(({ link, owner }) => [link, idOf('firewall', owner)]),
    );
    const switches = new Set(state.ovs?.bridges.map(({ name }) => name));
    return state.links.flatMap((link) =>
      addressesOf(link, rules.get(link.name) ?? null, goesWith(link, switches)),
    );
  },

  compare: ({ trouble }) =>
    trouble === undefined ? [] : [{ field: 'state', before: trouble, after: 'in use' }],

  effect: () => ({ action: 'update', impact: 'none' }),
  removal: ({ spec }) => (spec.trouble === undefined ? 'interrupt' : 'none'),
  claims: (_, { address }) => [addressClaim(address)],
  without: () => null,
  describe: (_, { address, prefix, link }) => `address ${address}/${prefix} on ${link}`,

  steps({ action, before, after, fields }, context) {
    if (action === 'update' && before !== null && after !== null) {
      const changed = new Set(fields.map((f) => f.field));
      return {
        unmake: [],
        make: [
          ...(changed.has('mark') ? [record(after.spec, context)] : []),
          ...(changed.has('state') ? [renew(before.spec, context)] : []),
        ],
      };
    }
    return {
      // With its link, which is made anew, it goes by itself.
      unmake: before !== null && action === 'delete' ? withdrawal(before) : [],
      make: after === null ? [] : [record(after.spec, context), arrival(after.spec, context)],
    };
  },

  simulate(state, { before, after }) {
    if (before !== null) take(state, before);
    if (after !== null) give(state, after.spec);
  },
};

/**
 * Whether `coming` is for the same subnet of the same link as `leaving`: then it comes first, and nothing is cut. Not
 * where the link is another network's from now on: its rules come only when those of the first are gone, which are there
 * for as long as its address is.
 */
export function succeeds(coming: AnyChange, leaving: AnyChange): boolean {
  if (coming.kind !== 'address' || leaving.kind !== 'address') return false;
  const [next, last] = [coming.after?.spec, leaving.before?.spec];
  if (next === undefined || last === undefined || leaving.after !== null) return false;
  const [rules, before] = [rulesOf(coming.after?.needs), rulesOf(leaving.before?.needs)];
  if (rules !== null && before !== null && rules !== before) return false;
  return (
    next.link === last.link &&
    next.prefix === last.prefix &&
    next.address !== last.address &&
    familyOf(next.address) === familyOf(last.address) &&
    networkOf(next.address, next.prefix) === networkOf(last.address, last.prefix)
  );
}

/** Those of the network; the host has its own, which stay. */
function rulesOf(needs: readonly { id: Id }[] = []): Id | null {
  const host = idOf('firewall', HOST_FIREWALL);
  return needs.find(({ id }) => id.startsWith('firewall:') && id !== host)?.id ?? null;
}

/**
 * What a stranger's address on this link keeps from going: whoever put it on a bridge reaches the host through it. A tap
 * or macvtap is its guest's alone, and the host is not to be reached by it, so an address there keeps nothing.
 */
function goesWith(link: LinkState, switches: ReadonlySet<string>): Id | null {
  if (link.addresses.length === 0) return null;
  // Its local port.
  if (switches.has(link.name)) return idOf('ovs-bridge', link.name);
  const isHostLink = link.type === 'bridge' || link.type === 'macvlan';
  return isHostLink && linkMark(link).is === 'ours' ? idOf('link', link.name) : null;
}

/** The host's own that the bridge took over from a NIC: they go back to it. */
function takenOver({ altnames }: LinkState): ReadonlySet<string> {
  const records = recordedAddressTexts(altnames).flatMap(({ text }) => recordedAddress(text) ?? []);
  return new Set(records.map(({ local, prefix }) => `${local}/${prefix}`));
}

/** `rules`: those of the network that it serves by this link. `kept`: what a stranger's address keeps from going. */
function addressesOf(link: LinkState, rules: Id | null, kept: Id | null): Observed<'address'>[] {
  if (link.addresses.length === 0 && link.altnames.length === 0) return [];
  const records = recordedGateways(link.altnames);
  const moved = kept === null ? null : takenOver(link);
  const own = records.map(({ altname, address, prefix }) => {
    const standing = link.addresses.find((one) => isThat(one, address, prefix));
    const spec: AddressSpec = { link: link.name, address, prefix };
    if (standing === undefined) spec.trouble = 'gone';
    else if (standing.duplicate) spec.trouble = 'duplicate';
    const one = observed(link, spec, { is: 'ours', owner: linkOwner(link.name) }, altname);
    // The host has its rules for as long as it can be reached.
    if (rules !== null) one.needs = [...one.needs, { id: rules, incarnation: false }];
    return one;
  });
  const strangers = link.addresses
    .filter(({ scope, local, prefix }) => {
      const recorded = records.some((one) => one.address === local && one.prefix === prefix);
      return scope === SCOPE_GLOBAL && !recorded;
    })
    .map(({ family, local, prefix, duplicate, origin }) => {
      const spec: AddressSpec = { link: link.name, address: local, prefix };
      if (duplicate) spec.trouble = 'duplicate';
      const one = observed(link, spec, { is: 'foreign' }, '');
      // By a router's advertisement the kernel makes itself another wherever the uplink is.
      const isAdvertised = family === 6 && origin === 'dynamic';
      if (kept !== null && !isAdvertised && !moved?.has(`${local}/${prefix}`)) {
        one.needs = [...one.needs, { id: kept, incarnation: false }];
      }
      return one;
    });
  return [...own, ...strangers];
}

/** The handle is the altname that records it; the incarnation says which link that is. */
function observed(link: LinkState, spec: AddressSpec, mark: Mark, handle: string): Observed<'address'> {
  const name = `${link.name}/${spec.address}/${spec.prefix}`;
  const ours = mark.is === 'ours';
  return {
    kind: 'address',
    id: idOf('address', name),
    name,
    spec,
    mark,
    handle,
    incarnation: String(link.index),
    needs: ours ? [{ id: idOf('link', link.name), incarnation: true }] : [],
    claims: () => (spec.trouble === 'gone' ? [] : [addressClaim(spec.address)]),
    strayGroup: null,
  };
}

/** A host has an address on one of its links: else what is sent to it depends on where it comes in. */
function addressClaim(address: string): Claim {
  return { slot: `address:${address}`, share: null };
}

function isThat({ local, prefix, peer }: HostAddress, address: string, length: number): boolean {
  return local === address && prefix === length && peer === null;
}

function record({ link, address, prefix }: AddressSpec, { linkRef }: StepContext): DraftStep {
  const altname = gatewayAltname(link, address, prefix);
  return {
    word: 'record',
    tool: 'ip',
    lines: [`link property add dev ${linkRef(link)} altname ${altname}`],
  };
}

function arrival(spec: AddressSpec, { linkRef }: StepContext): DraftStep {
  return { word: 'add', tool: 'ip', lines: [addLine(spec, linkRef(spec.link))] };
}

function addLine({ address, prefix }: AddressSpec, ref: string): string {
  return familyOf(address) === 4
    ? `addr add ${address}/${prefix} brd + dev ${ref}`
    : `addr add ${address}/${prefix} dev ${ref} nodad`;
}

/** A duplicate is made anew: no change of its flags brings it into use (inet6_addr_modify, net/ipv6/addrconf.c). */
function renew(spec: AddressSpec, { linkRef }: StepContext): DraftStep {
  const ref = linkRef(spec.link);
  const away = spec.trouble === 'duplicate' ? [`addr del ${spec.address}/${spec.prefix} dev ${ref}`] : [];
  return { word: 'renew', tool: 'ip', lines: [...away, addLine(spec, ref)] };
}

/**
 * With an IPv4 address the kernel takes away all later ones of its subnet on that link, whoever's they are, unless it is
 * told to promote them (ip-sysctl: promote_secondaries).
 */
function withdrawal({ spec, handle, incarnation }: Observed<'address'>): DraftStep[] {
  const { link, address, prefix, trouble } = spec;
  const steps: DraftStep[] = [];
  if (trouble !== 'gone') {
    if (familyOf(address) === 4) {
      const path = `net/ipv4/conf/${link}/promote_secondaries`;
      steps.push({ word: 'keep-others', tool: 'sysctl', writes: [{ path, value: '1' }] });
    }
    const line = `addr del ${address}/${prefix} dev if${incarnation}`;
    steps.push({ word: 'withdraw', tool: 'ip', lines: [line] });
  }
  const line = `link property del dev if${incarnation} altname ${handle}`;
  return [...steps, { word: 'forget', tool: 'ip', lines: [line] }];
}

function take(state: HostState, { spec, handle }: Observed<'address'>): void {
  const link = state.links.find((one) => one.name === spec.link);
  if (link === undefined) return;
  link.altnames = link.altnames.filter((altname) => altname !== handle);
  setAddresses(
    link,
    link.addresses.filter((one) => !isThat(one, spec.address, spec.prefix)),
  );
}

function give(state: HostState, { link: name, address, prefix }: AddressSpec): void {
  const link = state.links.find((one) => one.name === name);
  if (link === undefined) return;
  const altname = gatewayAltname(name, address, prefix);
  if (!link.altnames.includes(altname)) link.altnames.push(altname);
  const added: HostAddress = {
    family: familyOf(address),
    local: address,
    prefix,
    peer: null,
    broadcast: null,
    scope: SCOPE_GLOBAL,
    metric: null,
    label: '',
    noPrefixRoute: false,
    deprecated: false,
    origin: 'static',
  };
  setAddresses(link, [...link.addresses, added]);
}
