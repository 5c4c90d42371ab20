/** Whether a guest can be on a host. `degraded`: it runs there, but not everything about it stays as it was. */
export type Verdict = 'yes' | 'degraded' | 'no';

/**
 * What a reason does to the verdict. `island` blocks, unless islands are allowed: then it degrades. A `note` changes
 * nothing: what is to be known beforehand, or what documents cannot tell.
 */
export type Weight = 'blocks' | 'island' | 'degrades' | 'note';

/** Stable over releases: what scripts match. What each comes to is fixed here, so that one code has one weight. */
const WEIGHTS = {
  // The host.
  here: 'blocks',
  arriving: 'note',
  'host-broken': 'blocks',
  'host-invalid': 'blocks',
  'class-broken': 'blocks',
  'guest-invalid': 'blocks',
  // What the network is there.
  'network-not-realised': 'blocks',
  'vlan-not-supported': 'blocks',
  'trunk-not-supported': 'blocks',
  'isolation-not-supported': 'blocks',
  'other-segment': 'blocks',
  'mtu-differs': 'degrades',
  'mtu-not-told': 'note',
  'needs-hairpin': 'note',
  'neighbours-unreachable': 'degrades',
  'no-uplink': 'degrades',
  // Room.
  'pool-full': 'blocks',
  'device-full': 'blocks',
  'exclusive-full': 'blocks',
  'pool-by-arrangement': 'note',
  'bridge-full': 'blocks',
  'no-room-left': 'blocks',
  'no-other-host': 'blocks',
  // Names, addresses and ports that are taken.
  'device-name-taken': 'blocks',
  'address-taken': 'blocks',
  'dns-name-taken': 'blocks',
  'published-port-taken': 'blocks',
  'publish-without-nat': 'blocks',
  'published-elsewhere': 'degrades',
  // Islands.
  island: 'island',
  'address-clash-possible': 'degrades',
  'address-not-told': 'degrades',
  // Gateway, DHCP and DNS.
  'not-served': 'degrades',
  'gateway-unreachable': 'degrades',
  'gateway-elsewhere': 'note',
  'gateway-changes': 'note',
  'nat-connections-end': 'degrades',
} as const satisfies Record<string, Weight>;

export type ReasonCode = keyof typeof WEIGHTS;

/** Why a verdict is what it is. The host is not named in the message: many hosts have the same one. */
export interface Reason {
  code: ReasonCode;
  message: string;
  /** The network or interface that it is about; empty for the host or guest as a whole. */
  about: string;
}

export function reason(code: ReasonCode, about: string, message: string): Reason {
  return { code, about, message };
}

export function weightOf({ code }: Pick<Reason, 'code'>): Weight {
  return WEIGHTS[code];
}

/** The worst of its reasons decides. */
export function verdictOf(reasons: readonly Reason[], allowIslands: boolean): Verdict {
  let degraded = false;
  for (const one of reasons) {
    const weight = weightOf(one);
    if (weight === 'blocks' || (weight === 'island' && !allowIslands)) return 'no';
    degraded ||= weight !== 'note';
  }
  return degraded ? 'degraded' : 'yes';
}

const ORDER: readonly Weight[] = ['blocks', 'island', 'degrades', 'note'];

/** What decides stands first; otherwise as they were. */
export function worstFirst(reasons: readonly Reason[]): Reason[] {
  if (reasons.length < 2) return [...reasons];
  return [...reasons].sort((a, b) => ORDER.indexOf(weightOf(a)) - ORDER.indexOf(weightOf(b)));
}
