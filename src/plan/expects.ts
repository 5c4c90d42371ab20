import { isGuestDevice } from '../kinds/link/link.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyObserved, AnyWanted, Expect, Id } from '../model/resource.ts';
import type { Gating } from './gating.ts';
import { close, isOpen, nameOf } from './gating.ts';

/** What expectations read of links that the resources themselves do not carry. */
export interface ExpectFacts {
  globalAddresses(link: string): readonly string[];
  mtu(link: string): number | null;
}

/** Expectations on what is not ours are looked at before a change, and never set (DESIGN §5). */
export function gateExpects(gating: Gating, facts: ExpectFacts): void {
  for (const draft of gating.drafts.values()) {
    if (draft.after === null || draft.gate.is !== 'open') continue;
    // What needs something that was closed is closed with it (spread): the same is not told of both.
    if (draft.after.needs.some(({ id }) => gating.drafts.has(id) && !isOpen(gating, id))) continue;
    for (const expect of draft.after.expects) {
      const problem = unmet(expect, draft.after, gating, facts);
      if (problem === null) continue;
      close(gating, draft.id, { is: 'blocked', on: [], why: problem.message }, problem);
      break;
    }
  }
}

/** Types of links that carry packets without Ethernet frames: no bridge takes them (br_add_if, net/bridge/br_if.c). */
const WITHOUT_FRAMES = new Set(
  'tun gre ip6gre ip6tnl ipip sit vti vti6 xfrm wireguard ppp ipvlan rmnet vcan can'.split(' '),
);

/** Why the kernel would refuse a link as an uplink of this bridge, or that it is a guest's; null where nothing is wrong. */
function unfitWords(found: AnyObserved, bridge: Id): string | null {
  if (found.kind !== 'link') return null;
  const { name, spec } = found;
  // Open vSwitch takes a Linux bridge as a port.
  if (spec.kind === 'bridge' && bridge.startsWith('link:'))
    return 'is a bridge itself, and the kernel takes no bridge into another';
  if (isGuestDevice(found)) return 'is the device of a guest';
  return name === 'lo' || (spec.kind === 'other' && WITHOUT_FRAMES.has(spec.type))
    ? 'carries no Ethernet frames'
    : null;
}

/** Why the kernel would not put a macvtap on a link (macvlan_common_newlink, drivers/net/macvlan.c); null where it would. */
function unfitParentWords({ kind, name, spec, needs }: AnyObserved): string | null {
  if (kind !== 'link') return null;
  const type = spec.kind === 'other' ? spec.type : spec.kind;
  if (type === 'macvlan' || type === 'macvtap') {
    const below = needs.at(-1);
    return `is a ${type}, and the kernel puts what is made on one on ${below === undefined ? 'the NIC below it' : nameOf(below.id)} instead`;
  }
  return name === 'lo' || type === 'tun' ? 'carries no Ethernet frames' : null;
}

function unmet(expect: Expect, wanted: AnyWanted, gating: Gating, facts: ExpectFacts): Problem | null {
  const name = nameOf(expect.id);
  const found = gating.sides.observed.get(expect.id);
  const problem = (code: string, message: string, hint: string): Problem => ({
    code,
    severity: 'error',
    message,
    source: expect.source,
    hint,
  });
  if (expect.that === 'exists') {
    if (found === undefined) {
      const what = expect.id.startsWith('ovs-bridge:')
        ? 'Open vSwitch bridge'
        : expect.type === 'bridge'
          ? 'bridge'
          : 'device';
      return problem(
        `${what.split(' ').at(-1)}-missing`,
        `${wanted.name} needs the ${what} ${name}, which does not stand on this host`,
        expect.type === 'bridge' || found === undefined
          ? `make ${name}, or say manage: true if Plumbline is to make it`
          : `plug in ${name}, or take it out of the document`,
      );
    }
    if (expect.type === 'bridge' && !isBridge(found)) {
      return problem(
        'not-a-bridge',
        `${wanted.name} needs the bridge ${name}, but ${name} is no bridge`,
        'name another',
      );
    }
    return null;
  }
  const mtu = facts.mtu(name);
  switch (expect.that) {
    case 'fitUplink': {
      const why = found === undefined ? null : unfitWords(found, expect.of);
      if (why === null) return null;
      return {
        ...problem(
          'uplink-unfit',
          `${name} cannot be an uplink of ${nameOf(expect.of)}: it ${why}`,
          'name another uplink',
        ),
        expected: 'a NIC, a bond, a VLAN device or one end of a veth pair',
      };
    }
    case 'fitParent': {
      const why = found === undefined ? null : unfitParentWords(found);
      if (why === null) return null;
      return problem(
        'pool-device-unfit',
        `${wanted.name} cannot be on the pool device ${name}: it ${why}`,
        'name another device in the pool',
      );
    }
    case 'noGlobalAddress': {
      const addresses = facts.globalAddresses(name);
      if (addresses.length === 0) return null;
      return problem(
        'uplink-has-address',
        `${name} carries the host's own address ${addresses.join(', ')}: enslaving it would cut the host off`,
        `move the address to the bridge, or use a NIC without one`,
      );
    }
    case 'mtuAtLeast':
      if (mtu === null || mtu >= expect.mtu) return null;
      return problem(
        'mtu-above-parent',
        `${wanted.name} wants MTU ${expect.mtu}, but its parent ${name} has ${mtu}`,
        `raise the MTU of ${name} (ip link set dev ${name} mtu ${expect.mtu}) or lower the network's`,
      );
    case 'mtuAtMost':
      if (mtu === null || mtu <= expect.mtu) return null;
      return problem(
        'mtu-lowers-bridge',
        `${wanted.name} with MTU ${expect.mtu} would lower the bridge ${name}, which is not Plumbline's and has ${mtu}`,
        `give the network the bridge's MTU, or leave mtu out to follow the bridge`,
      );
  }
}

function isBridge(observed: AnyObserved): boolean {
  return observed.kind === 'ovs-bridge' || (observed.kind === 'link' && observed.spec.kind === 'bridge');
}
