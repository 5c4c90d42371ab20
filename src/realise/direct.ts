import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Expect, Id } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { MacvtapSpec } from '../model/specs.ts';
import { countGuests, guestDevice, interfaceKey } from './guest-device.ts';
import { KERNEL_MODES } from './modes.ts';
import type { PoolAllocation } from './pools.ts';
import type { Realise, RealiseInput } from './realisation.ts';

/** Macvtaps on a pool of NICs. Which guest is on which was decided before, for all networks of the host at once. */
export function realiseDirect(allocation: PoolAllocation): Realise<'direct'> {
  return (input) => {
    const { entry, network, interfaces } = input;
    const wanted: AnyWanted[] = [];
    const problems: Problem[] = [];
    const unplanned: Id[] = [];
    for (const iface of interfaces) {
      const parent = allocation.devices.get(interfaceKey(iface));
      if (parent === undefined) {
        unplanned.push(idOf('link', iface.device));
        problems.push(poolFull(input, iface.guest, iface.name, iface.at(['network'])));
        continue;
      }
      const id = idOf('link', parent);
      const { mtu } = network.network?.spec ?? {};
      const expects: Expect[] = [{ id, that: 'exists', source: network.at(['pool']) }];
      if (mtu !== undefined) expects.push({ id, that: 'mtuAtLeast', mtu, source: network.at(['pool']) });
      const spec: MacvtapSpec = {
        kind: 'macvtap',
        up: true,
        mtu: mtu ?? null,
        mac: iface.mac,
        parent,
        mode: KERNEL_MODES[entry.mode],
        altname: iface.altname,
        owner: input.facts.deviceOwner,
      };
      const needs = [{ id, incarnation: true }];
      wanted.push(guestDevice(iface, spec, { needs, expects, adopt: entry.adopt ?? false }));
    }
    const uses = allocation.uses.get(network.name) ?? [];
    const summary = {
      name: network.name,
      realisation: `direct ${entry.mode}`,
      pool: uses.map(({ reference, ...use }) => ({ device: reference, ...use })),
      guests: countGuests(interfaces),
      undecided: countGuests(interfaces.filter((iface) => !allocation.devices.has(interfaceKey(iface)))),
    };
    return { wanted, problems, unplanned, summary };
  };
}

function poolFull(
  { network, entry }: RealiseInput<'direct'>,
  guest: string,
  iface: string,
  source: Problem['source'],
): Problem {
  const devices = entry.pool
    .map(({ device, maxGuests }) => `${device} (${maxGuests ?? 'no limit'})`)
    .join(', ');
  return {
    code: 'pool-full',
    severity: 'error',
    message: `${guest} ${iface}: no device of the pool of ${network.name} can take it here: ${devices}`,
    source,
    hint: 'macvtaps of strangers and of leaving guests that still run take places too',
  };
}
