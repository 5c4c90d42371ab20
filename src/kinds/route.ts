import type { HostRoute } from '../model/addressing.ts';
import { TABLE_MAIN } from '../model/addressing.ts';
import { byName } from '../model/by-name.ts';
import type { LinkState } from '../model/host.ts';
import { addressBlock, contains, familyOf, prefixBlock } from '../model/ip.ts';
import { linkOwner, ROUTE_PROTOCOL } from '../model/mark.ts';
import type { Need, Observed } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { RouteSpec } from '../model/specs.ts';
import type { DraftStep, KindModule } from './kind.ts';

/** A route into a network that this host serves, marked by its protocol in the call that makes it. */
export const routeKind: KindModule<'route'> = {
  kind: 'route',
  cosmetic: [],
  voided: () => 'none',

  observe(state) {
    if (state.routes === undefined) return [];
    const links = byName(state.links);
    const routes = state.routes.filter(isPlain);
    const named = new Set<string>();
    // Ours first: a stranger's beside it is no matter of its own.
    const inTurn = [...routes.filter(isOurs), ...routes.filter((route) => !isOurs(route))];
    return inTurn.flatMap((route) => {
      const [link] = route.devices.flatMap((device) => links.get(device) ?? []);
      const one = link === undefined ? null : observed(route, link, named);
      return one === null ? [] : [one];
    });
  },

  compare(before, after) {
    const fields = (['gateway', 'metric'] as const).filter((field) => before[field] !== after[field]);
    return fields.map((field) => ({ field, before: before[field], after: after[field] }));
  },

  effect: (fields) => ({
    action: 'update',
    impact: fields.some(({ field }) => field === 'gateway') ? 'interrupt' : 'none',
  }),
  removal: () => 'interrupt',
  claims: () => [],
  without: () => null,
  describe: (_, { destination, gateway, link }) => `route to ${destination} via ${gateway} on ${link}`,

  steps({ action, before, after }, context) {
    const making =
      after === null ? [] : [`route add ${wordsOf(after.spec, context.linkRef(after.spec.link))}`];
    const taking =
      before === null || action === 'replace'
        ? []
        : [`route del ${wordsOf(before.spec, `if${before.incarnation}`)}`];
    // Another gateway: never by `replace`, which takes whatever stands there, a stranger's too (fib_table_insert).
    if (action === 'update') return { unmake: [], make: step('set', [...taking, ...making]) };
    return { unmake: step('delete', taking), make: step('add', making) };
  },

  simulate(state, { before, after }) {
    state.routes = (state.routes ?? []).filter((route) => before === null || !isThat(route, before.spec));
    if (after !== null) state.routes.push(routeOf(after.spec));
  },
};

/** What `ip -j` shows as the metric of an IPv6 route that was given none (IP6_RT_PRIO_USER, net/ip6_route.h). */
const IPV6_METRIC = 1024;

function isPlain({ type, table, gateway, devices }: HostRoute): boolean {
  return type === 'unicast' && table === TABLE_MAIN && gateway !== null && devices.length === 1;
}

function isOurs({ protocol }: HostRoute): boolean {
  return protocol === ROUTE_PROTOCOL;
}

function observed(route: HostRoute, link: LinkState, named: Set<string>): Observed<'route'> | null {
  const spec = specOf(route, link.name);
  const plain = `${spec.destination}@${spec.link}`;
  const ours = isOurs(route);
  const first = !named.has(plain);
  named.add(plain);
  if (!first && !ours) return null;
  // A second one of ours, by another metric, is wanted by nobody under this name, and goes.
  const name = first ? plain : `${plain} metric ${spec.metric ?? 0} via ${spec.gateway}`;
  return {
    kind: 'route',
    id: idOf('route', name),
    name,
    spec,
    mark: ours ? { is: 'ours', owner: linkOwner(link.name) } : { is: 'foreign' },
    handle: name,
    incarnation: String(link.index),
    needs: ours ? needsOf(spec, link) : [],
    claims: () => [],
    strayGroup: null,
  };
}

/** It goes before the address does by which its gateway is reached: with the last one the kernel would take it along. */
function needsOf({ gateway }: RouteSpec, link: LinkState): Need[] {
  const next = addressBlock(gateway);
  const reaching = link.addresses.filter(
    ({ local, prefix, family }) =>
      family === familyOf(gateway) && contains(prefixBlock(`${local}/${prefix}`), next),
  );
  return [
    { id: idOf('link', link.name), incarnation: true },
    ...reaching.map(({ local, prefix }) => ({
      id: idOf('address', `${link.name}/${local}/${prefix}`),
      incarnation: false,
    })),
  ];
}

function specOf({ destination, gateway, family, metric }: HostRoute, link: string): RouteSpec {
  const usual = family === 6 ? IPV6_METRIC : 0;
  return {
    destination,
    gateway: gateway ?? '',
    link,
    metric: metric === usual ? null : metric,
  };
}

function wordsOf({ destination, gateway, metric }: RouteSpec, ref: string): string {
  const words = `${destination} via ${gateway} dev ${ref} proto ${ROUTE_PROTOCOL}`;
  return metric === null ? words : `${words} metric ${metric}`;
}

function step(word: string, lines: string[]): DraftStep[] {
  return lines.length === 0 ? [] : [{ word, tool: 'ip', lines }];
}

function isThat(route: HostRoute, spec: RouteSpec): boolean {
  if (!isPlain(route) || !isOurs(route)) return false;
  const { destination, gateway, link, metric } = specOf(route, route.devices[0] ?? '');
  return (
    destination === spec.destination &&
    gateway === spec.gateway &&
    link === spec.link &&
    metric === spec.metric
  );
}

function routeOf({ destination, gateway, link, metric }: RouteSpec): HostRoute {
  const family = familyOf(gateway);
  return {
    family,
    destination,
    type: 'unicast',
    table: TABLE_MAIN,
    protocol: ROUTE_PROTOCOL,
    scope: 0,
    metric: metric ?? (family === 6 ? IPV6_METRIC : null),
    gateway,
    source: null,
    onlink: false,
    preference: null,
    metrics: [],
    devices: [link],
    unsayable: [],
  };
}
