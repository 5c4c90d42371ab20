import { altnameOf } from '../kinds/addressing/lines.ts';
import { addressingOf, isLinkLocal } from '../kinds/addressing/places.ts';
import { isLabel } from '../kinds/addressing/record.ts';
import type { Addressing, HostAddress, HostRoute } from '../model/addressing.ts';
import { addressText, PROTOCOL } from '../model/addressing.ts';
import type { HostState, LinkState } from '../model/host.ts';
import type { Problem, Source } from '../model/problem.ts';

export type Movable = { addressing: Addressing | null } | { problem: Problem };

/** ALTIFNAMSIZ - 1, linux/if.h */
const ALTNAME_MAX = 127;

/** What of the host's own goes with an uplink to its bridge, or why that cannot be. */
export function movableAddresses(
  state: HostState,
  uplink: LinkState,
  bridge: string,
  source: Source,
): Movable {
  const refused = refusal(state, uplink, bridge);
  return refused === null
    ? { addressing: addressingOf(state, uplink) }
    : { problem: { severity: 'error', source, ...refused } };
}

/** The addresses that bridges of ours record as taken over from this uplink. */
export function takenOver(state: HostState, uplink: string): string[] {
  const link = state.links.find(({ name }) => name === uplink);
  const { addresses = [] } = (link && addressingOf(state, link)) ?? {};
  return addresses
    .filter(({ recordedBy }) => recordedBy.length > 0)
    .map(({ address }) => addressText(address));
}

type Refusal = Pick<Problem, 'code' | 'message' | 'hint'>;

function refusal(state: HostState, uplink: LinkState, bridge: string): Refusal | null {
  const { name } = uplink;
  const addressing = addressingOf(state, uplink);
  const dynamic = uplink.addresses.filter((one) => one.origin === 'dynamic' && !isLinkLocal(one));
  const routes = addressing?.routes ?? [];
  if (addressing === null && dynamic.length === 0) return null;
  if (uplink.manager) {
    return {
      code: 'uplink-managed-elsewhere',
      message: `${uplink.manager} configures ${name}, and would take back the addresses that ${bridge} takes over`,
      hint:
        uplink.manager === 'NetworkManager'
          ? `let NetworkManager make the bridge and say manage: false here, or take the link from it: nmcli device set ${name} managed no`
          : `let systemd-networkd make the bridge and say manage: false here, or take the link from it: Unmanaged=yes in its .network file`,
    };
  }
  const passing = [
    ...dynamic.map(addressText),
    ...routes.filter(isAdvertised).map(({ destination }) => `the route to ${destination}`),
  ];
  if (passing.length > 0) {
    return {
      code: 'uplink-address-dynamic',
      message: `${name} has ${passing.slice(0, 3).join(', ')} by DHCP or a router's advertisement: whoever renews it would not follow it to ${bridge}`,
      hint: `give the host static addresses and routes, or have them asked for on a bridge that stands already (manage: false)`,
    };
  }
  const odd = routes.find(({ unsayable }) => unsayable.length > 0);
  if (odd !== undefined) {
    return {
      code: 'uplink-route-unsayable',
      message: `${name} has the route to ${odd.destination} with ${odd.unsayable.join(', ')}, which Plumbline cannot move`,
      hint: 'make it anew on the bridge by the system’s own configuration, and take it off the uplink before',
    };
  }
  const unrecordable = addressing?.addresses.find(({ address }) => !isRecordable(address, name, bridge));
  if (unrecordable === undefined) return null;
  return {
    code: 'uplink-address-unsayable',
    message: `${name} has the address ${addressText(unrecordable.address)} with more to it than Plumbline can record`,
    hint: 'use a NIC without it',
  };
}

function isAdvertised({ protocol }: HostRoute): boolean {
  return protocol === PROTOCOL.ra || protocol === PROTOCOL.dhcp;
}

function isRecordable(address: HostAddress, uplink: string, bridge: string): boolean {
  if (address.label !== '' && !isLabel(address.label)) return false;
  return altnameOf(bridge, uplink, address).length <= ALTNAME_MAX;
}
