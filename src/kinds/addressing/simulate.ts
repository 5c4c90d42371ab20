import type { Addressing, HostAddress } from '../../model/addressing.ts';
import { addressText, SCOPE_GLOBAL, sameAddress } from '../../model/addressing.ts';
import type { HostState, LinkState } from '../../model/host.ts';
import { altnameOf } from './lines.ts';
import { isLinkLocal, isMadeBy } from './places.ts';

/** What `moveSteps` does to a host, as far as it is read again. */
export function simulateMove(
  state: HostState,
  { nic, addresses, routes }: Addressing,
  bridge: string | null,
): void {
  const target = state.links.find((link) => link.name === (bridge ?? nic));
  if (target === undefined) return;
  for (const { address, on, recordedBy } of addresses) {
    for (const link of state.links) {
      if (recordedBy.includes(link.name) && link !== target) {
        link.altnames = link.altnames.filter((name) => name !== altnameOf(link.name, nic, address));
      }
      const leaves =
        on.includes(link.name) && link !== target && !(link.name === nic && isLinkLocal(address));
      if (leaves) take(state, link, address, target.name);
    }
    if (!target.addresses.some((one) => sameAddress(one, address))) {
      setAddresses(target, [...target.addresses, address]);
    }
    const altname = altnameOf(target.name, nic, address);
    if (bridge !== null && !target.altnames.includes(altname)) target.altnames.push(altname);
  }
  const moved = new Set(routes.map((route) => JSON.stringify(route)));
  state.routes = (state.routes ?? []).map((route) =>
    moved.has(JSON.stringify(route)) ? { ...route, devices: [target.name] } : route,
  );
}

/** With an address go the routes that the kernel made for it, to be made for it again where it goes. */
function take(state: HostState, link: LinkState, address: HostAddress, target: string): void {
  state.routes = (state.routes ?? []).map((route) =>
    route.devices.includes(link.name) && isMadeBy(route, [address]) ? { ...route, devices: [target] } : route,
  );
  setAddresses(
    link,
    link.addresses.filter((one) => !sameAddress(one, address)),
  );
}

/** Both lists of a link's addresses. */
export function setAddresses(link: LinkState, addresses: HostAddress[]): void {
  link.addresses = addresses;
  link.globalAddresses = addresses.filter(({ scope }) => scope === SCOPE_GLOBAL).map(addressText);
}
