import type { ResolvedInterface } from '../desired/fleet.ts';
import { othersText } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Expect, Id, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { MacvtapSpec } from '../model/specs.ts';
import { countGuests, guestDevice } from './guest-device.ts';
import { KERNEL_MODES } from './modes.ts';
import type { PoolAllocation } from './pools.ts';
import type { Realise, RealiseInput } from './realisation.ts';
import { stanceOf } from './stance.ts';

type Footing = Pick<Wanted<'link'>, 'needs' | 'expects' | 'adopt'>;

/** Macvtaps on a pool of NICs. Which guest is on which was decided before, for all networks of the host at once. */
export function realiseDirect(allocation: PoolAllocation): Realise<'direct'> {
  return (input) => {
    const { entry, network, interfaces, presence } = input;
    const wanted: AnyWanted[] = [];
    const problems: Problem[] = [];
    const unplanned: Id[] = [];
    const waiting: ResolvedInterface[] = [];
    const uses = allocation.uses.get(network.name) ?? [];
    const standOn = standing(input);
    for (const iface of interfaces) {
      const parent = allocation.devices.get(iface.key);
      const { up, released, counted } = stanceOf(iface, presence, input.facts);
      if (parent === undefined && !counted) {
        waiting.push(iface);
        continue;
      }
      if (parent === undefined) {
        unplanned.push(idOf('link', iface.device));
        problems.push(poolFull(input, iface, uses));
        continue;
      }
      const spec: MacvtapSpec = {
        kind: 'macvtap',
        up,
        mtu: network.network?.spec.mtu ?? null,
        mac: iface.mac,
        parent,
        mode: KERNEL_MODES[entry.mode],
        altname: iface.altname,
        ...(released !== null && { released }),
        owner: input.facts.deviceOwner,
      };
      wanted.push(guestDevice(iface, spec, standOn(parent)));
    }
    problems.push(...notMade(input, waiting));
    const summary = {
      name: network.name,
      realisation: `direct ${entry.mode}`,
      pool: uses.map(({ reference, ...use }) => ({ device: reference, ...use })),
      guests: countGuests(interfaces, presence),
      undecided: countGuests(
        interfaces.filter((iface) => !allocation.devices.has(iface.key)),
        presence,
      ),
    };
    return { wanted, problems, unplanned, summary };
  };
}

/** What all macvtaps on a parent need of it and expect. */
function standing({ network, entry }: RealiseInput<'direct'>): (parent: string) => Footing {
  const source = network.at(['pool']);
  const { mtu } = network.network?.spec ?? {};
  const known = new Map<string, Footing>();
  return (parent) => {
    const one = known.get(parent);
    if (one !== undefined) return one;
    const id = idOf('link', parent);
    const expects: Expect[] = [
      { id, that: 'exists', source },
      { id, that: 'fitParent', source },
    ];
    if (mtu !== undefined) expects.push({ id, that: 'mtuAtLeast', mtu, source });
    const footing = { needs: [{ id, incarnation: true }], expects, adopt: entry.adopt ?? false };
    known.set(parent, footing);
    return footing;
  };
}

/** A device that only stands by would keep a NIC from the guests that are here. */
function notMade(
  { network }: RealiseInput<'direct'>,
  [first, ...more]: readonly ResolvedInterface[],
): Problem[] {
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return [
    {
      code: 'standby-when-claimed',
      severity: 'warning',
      message: `${first.guest} ${first.name}${others}: no device stands by in ${network.name}, whose NICs are each for one guest alone: it is made when the guest is claimed here`,
      source: first.at(['network']),
      hint: `plumbline claim ${first.guest}, before it is started here`,
    },
  ];
}

type Use = NonNullable<ReturnType<PoolAllocation['uses']['get']>>[number];

function poolFull(
  { network }: RealiseInput<'direct'>,
  { guest, name, at }: ResolvedInterface,
  uses: readonly Use[],
): Problem {
  const devices = uses.map(useText).join(', ');
  const missing = uses.flatMap(({ reference, link }) => (link === null ? [reference] : []));
  return {
    code: 'pool-full',
    severity: 'error',
    message: `${guest} ${name}: no device of the pool of ${network.name} can take it here: ${devices}`,
    source: at(['network']),
    about: [`Guest/${guest}`],
    hint:
      missing.length > 0
        ? `it is placed as soon as ${missing.join(' or ')} is on this host`
        : 'macvtaps of strangers and of leaving guests that still run take places too',
  };
}

/** `front0 7/8 + 1 of others`, `eth3 12, no limit`, `eth4 not on this host` */
function useText(use: Use): string {
  const { reference, link, used, capacity } = use;
  if (link === null) return `${reference} not on this host`;
  const others = othersText(use);
  return capacity === null
    ? `${reference} ${used}${others}, no limit`
    : `${reference} ${used}/${capacity}${others}`;
}
