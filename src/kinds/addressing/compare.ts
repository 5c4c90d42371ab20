import type { Addressing, HostRoute, PlacedAddress } from '../../model/addressing.ts';
import { addressText, sameAddress } from '../../model/addressing.ts';
import type { FieldDiff } from '../../model/plan.ts';
import { isLinkLocal } from './places.ts';

/**
 * What is not yet, or no longer, on the bridge that is to have it. A wanted address that is nowhere counts; a route that
 * is nowhere does not, for routes come and go by other hands, and nothing records them.
 */
export function compareAddressing(now: Addressing | null, wanted: Addressing, bridge: string): FieldDiff[] {
  const diffs: FieldDiff[] = [];
  const addresses = now?.addresses ?? [];
  const lost = wanted.addresses.filter(
    (one) => !addresses.some((it) => sameAddress(it.address, one.address)),
  );
  const astray = [
    ...addresses.filter((one) => !isSettled(one, wanted.nic, bridge)),
    ...lost.map(({ address }) => ({ address, on: [], recordedBy: [] })),
  ];
  const routes = now?.routes ?? [];
  if (astray.length > 0) {
    const after = astray.map(({ address }) => `${addressText(address)} on ${bridge}`);
    diffs.push({ field: 'addresses', before: astray.map((one) => placeText(one)), after });
  }
  const left = routes.filter(({ devices }) => !devices.every((device) => device === bridge));
  if (left.length > 0) {
    const after = left.map((route) => `${routeText(route)} on ${bridge}`);
    diffs.push({
      field: 'routes',
      before: left.map((route) => `${routeText(route)} on ${route.devices.join(', ')}`),
      after,
    });
  }
  return diffs;
}

function isSettled({ address, on, recordedBy }: PlacedAddress, nic: string, bridge: string): boolean {
  const mayStay = isLinkLocal(address) ? nic : null;
  return (
    on.includes(bridge) &&
    on.every((link) => link === bridge || link === mayStay) &&
    recordedBy.length === 1 &&
    recordedBy[0] === bridge
  );
}

function placeText({ address, on, recordedBy }: PlacedAddress): string {
  if (on.length === 0) return `${addressText(address)} nowhere`;
  const unrecorded = recordedBy.length === 0 && on.length > 1 ? ', not recorded' : '';
  return `${addressText(address)} on ${on.join(', ')}${unrecorded}`;
}

/** `default via 192.0.2.1`, `10.0.0.0/8 table 100` */
function routeText({ destination, gateway, table }: HostRoute): string {
  const where = destination === '0.0.0.0/0' || destination === '::/0' ? 'default' : destination;
  return `${where}${gateway === null ? '' : ` via ${gateway}`}${table === 254 ? '' : ` table ${table}`}`;
}
