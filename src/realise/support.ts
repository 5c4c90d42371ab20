import type { PortGroup, Realisation } from '../desired/documents.ts';

/** The variants of realisations that differ in what they can give: a type, and for `direct` its mode. */
type Variant =
  | 'bridge'
  | 'openvswitch'
  | 'virtual'
  | `direct ${'vepa' | 'bridge' | 'private' | 'passthrough'}`;

/** What a variant can give a guest. */
interface Support {
  /** An access VLAN: any tag, only that which the entry calls `nativeVlan`, or none. */
  tag: 'any' | 'native' | 'no';
  trunk: boolean;
  /** No traffic among isolated guests of one host. */
  isolation: boolean;
}

/** The one table that `check`, reports and errors read. */
const SUPPORT: Readonly<Record<Variant, Support>> = {
  // Isolation by the bridge port's flag (BR_ISOLATED of linux/if_bridge.h); VLAN filtering on bridges comes later.
  bridge: { tag: 'no', trunk: false, isolation: true },
  virtual: { tag: 'no', trunk: false, isolation: true },
  // By protected ports, ovs-vswitchd.conf.db(5).
  openvswitch: { tag: 'any', trunk: true, isolation: true },
  // A vepa switch may reflect frames, and `bridge` hands them over itself; only `private` drops what comes back.
  'direct vepa': { tag: 'native', trunk: false, isolation: false },
  'direct bridge': { tag: 'native', trunk: false, isolation: false },
  'direct private': { tag: 'native', trunk: false, isolation: true },
  'direct passthrough': { tag: 'native', trunk: false, isolation: false },
};

function variantOf(entry: Realisation): Variant {
  switch (entry.type) {
    case 'bridge':
    case 'openvswitch':
    case 'virtual':
      return entry.type;
    case 'direct':
      return `direct ${entry.mode}`;
  }
}

export interface Shortfall {
  code: 'vlan-not-supported' | 'trunk-not-supported' | 'isolation-not-supported';
  /** Ends a sentence about the guest: `asks for …, which …`. */
  message: string;
  expected: string;
}

/** What a port group asks for and the realisation cannot give; nothing for a guest without a port group. */
export function shortfalls(entry: Realisation, portGroup: PortGroup | null): Shortfall[] {
  if (portGroup === null) return [];
  const variant = variantOf(entry);
  const support = SUPPORT[variant];
  const { vlan, isolated } = portGroup;
  const found: Shortfall[] = [];
  if (vlan && 'tag' in vlan && support.tag !== 'any') {
    const native = entry.type === 'direct' ? entry.nativeVlan : undefined;
    if (support.tag === 'no' || native !== vlan.tag) {
      found.push({
        code: 'vlan-not-supported',
        message:
          native === undefined
            ? `asks for VLAN ${vlan.tag}, which a ${variant} realisation does not give`
            : `asks for VLAN ${vlan.tag}, but these devices carry VLAN ${native} untagged`,
        expected: `an openvswitch realisation, or a direct one with nativeVlan: ${vlan.tag}`,
      });
    }
  }
  if (vlan && 'trunk' in vlan && !support.trunk) {
    found.push({
      code: 'trunk-not-supported',
      message: `asks for a trunk, which a ${variant} realisation does not give`,
      expected: 'an openvswitch realisation',
    });
  }
  if (isolated === true && !support.isolation) {
    found.push({
      code: 'isolation-not-supported',
      message: `asks for isolation, which a ${variant} realisation does not give`,
      expected: 'a bridge, a virtual, an openvswitch or a direct realisation in private mode',
    });
  }
  return found;
}
