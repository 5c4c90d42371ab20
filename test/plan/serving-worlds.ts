import fc from 'fast-check';
import { SCOPE_LINK } from '../../src/model/addressing.ts';
import type { HostState } from '../../src/model/host.ts';
import { recordedGateways } from '../../src/model/mark.ts';
import type { AnyWanted, Wanted } from '../../src/model/resource.ts';
import { idOf } from '../../src/model/resource.ts';
import { address, bridge, internalPort, link, onLink, route, sysctl } from '../kinds/wanted.ts';

/** Random servings beside the random fleets of worlds.ts: on links of their own and on those that fleets make. */

const MAC = '5a:00:00:00:00:77';

/** The host's place in a network, made for serving it or there already. */
const places: Record<string, fc.Arbitrary<{ link: string; makes: AnyWanted[] }>> = {
  own: fc.boolean().map((linkLocal) => ({ link: 'br-lab', makes: [bridge('br-lab', { linkLocal })] })),
  managed: fc.constant({ link: 'br-a', makes: [] }),
  stranger: fc.constant({ link: 'br0', makes: [] }),
  pool: fc
    .record({ parent: fc.constantFrom('eth2', 'eth3'), mode: fc.constantFrom('bridge', 'private') })
    .map(({ parent, mode }) => ({
      link: 'gw_red',
      makes: [
        link('gw_red', { kind: 'macvlan', up: true, mtu: 1400, mac: MAC, parent, mode }, [onLink(parent)]),
      ],
    })),
  switch: fc.constantFrom('ovs-x', 'ovs-a').map((on) => ({
    // The name of the macvlan: a network that changes its realisation keeps the name of its link.
    link: 'gw_red',
    makes: [
      internalPort('gw_red', on),
      link('gw_red', { kind: 'internal', up: true, mtu: 1400, mac: MAC }, [
        { id: idOf('ovs-port', 'gw_red'), incarnation: true },
      ]),
    ],
  })),
};

const serving = (place: fc.Arbitrary<{ link: string; makes: AnyWanted[] }>, net: number) =>
  fc
    .record({
      place,
      host: fc.constantFrom(1, 2),
      ipv6: fc.boolean(),
      metric: fc.constantFrom(null, 7),
      via: fc.option(fc.constantFrom(253, 254), { nil: null }),
      acceptRa: fc.boolean(),
      adopt: fc.boolean(),
    })
    .map(({ place: { link: on, makes }, host, ipv6, metric, via, acceptRa, adopt }): AnyWanted[] => {
      const four: Wanted<'address'> = { ...address(on, `10.${net}.0.${host}/24`), adopt };
      const six = address(on, `fd00:${net}::${host}/64`);
      return [
        ...makes,
        four,
        ...(ipv6 ? [six] : []),
        ...(via === null ? [] : [route(on, `10.9${net}.0.0/16`, `10.${net}.0.${via}`, four, metric)]),
        ...(via === null || !ipv6 ? [] : [route(on, `fd99:${net}::/64`, `fd00:${net}::${via}`, six, metric)]),
        ...(acceptRa ? [sysctl(`net/ipv6/conf/${on}/accept_ra`, '0', [onLink(on)])] : []),
        sysctl('net/ipv6/conf/all/forwarding', '1'),
      ];
    });

const nothing = fc.constant<AnyWanted[]>([]);

/** At most one for each name of a link; two of them may well want the same address. */
export const servings: fc.Arbitrary<AnyWanted[]> = fc
  .tuple(
    ...(['own', 'managed', 'stranger'] as const).map((key, i) =>
      fc.oneof(nothing, serving(places[key] ?? nothing.map(() => ({ link: '', makes: [] })), i + 1)),
    ),
    fc.oneof(
      nothing,
      ...(['pool', 'switch'] as const).flatMap((key) => {
        const place = places[key];
        // 1: the addresses of `own`.
        return place === undefined ? [] : [serving(place, 4), serving(place, 1)];
      }),
    ),
  )
  .map((lists) => {
    const all = new Map(lists.flat().map((one) => [one.id, one]));
    return [...all.values()];
  });

/** What others may do to what serves a network, by a number that chooses it. */
export function driftServing(state: HostState, choices: readonly number[]): HostState {
  const after = structuredClone(state);
  for (const choice of choices) {
    const served = after.links.filter(({ altnames }) => recordedGateways(altnames).length > 0);
    const one = served[choice % Math.max(1, served.length)];
    if (one === undefined) continue;
    const [record] = recordedGateways(one.altnames);
    const others = (list: typeof one.addresses) => list.filter(({ local }) => local !== record?.address);
    switch (choice % 7) {
      case 0:
        one.addresses = others(one.addresses);
        break;
      case 1:
        after.routes = (after.routes ?? []).filter(({ devices }) => !devices.includes(one.name));
        break;
      case 2:
        after.routes = (after.routes ?? []).map((each) =>
          each.protocol === 112 && each.family === 4 ? { ...each, metric: 99 } : each,
        );
        break;
      case 3:
        one.addrGenMode = 'none';
        one.addresses = one.addresses.filter(({ scope }) => scope !== SCOPE_LINK);
        break;
      case 4:
        one.altnames = one.altnames.filter((altname) => altname !== record?.altname);
        one.addresses = others(one.addresses);
        break;
      case 5:
        for (const each of one.addresses) if (each.local === record?.address) each.duplicate = true;
        break;
      case 6:
        if (after.services !== undefined) {
          const values = [...after.services.sysctls.keys()].map((path) => [path, '2'] as const);
          after.services = { ...after.services, sysctls: new Map(values) };
        }
        break;
    }
  }
  return after;
}
