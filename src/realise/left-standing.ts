import type { Serving } from '../desired/serving.ts';
import { ROUTE_PROTOCOL, recordedGateways } from '../model/mark.ts';
import type { Id } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { HostFacts } from './realisation.ts';
import { routeName, servingIds } from './serve.ts';

/**
 * What a network had before one of its subnets became one that cannot be here: its guests keep their old gateway, and
 * the rules and the DHCP that go with it, until the documents are right. Nothing, where no other address stands.
 */
export function leftStanding(serving: Serving, { links, state }: HostFacts, asked: ReadonlySet<Id>): Id[] {
  const { network, link } = serving;
  const stated = new Set([...asked, ...servingIds(serving)]);
  const addresses = recordedGateways(links.get(link)?.altnames ?? [])
    .map(({ address, prefix }) => idOf('address', `${link}/${address}/${prefix}`))
    .filter((id) => !stated.has(id));
  if (addresses.length === 0) return [];
  const routes = (state.routes ?? [])
    .filter(({ protocol, devices }) => protocol === ROUTE_PROTOCOL && devices.includes(link))
    .map(({ destination }) => idOf('route', routeName(destination, link)))
    .filter((id) => !stated.has(id));
  // Rules that somebody has taken away are made anew all the same: they keep guests off the host.
  const owners = state.services?.firewall?.owners ?? [];
  const rules = owners.some((one) => one.owner === network && one.rules.length > 0);
  return [...addresses, ...routes, idOf('service', network), ...(rules ? [idOf('firewall', network)] : [])];
}
