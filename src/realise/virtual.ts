import { derivedGatewayMac } from '../model/identity.ts';
import { networkOwner } from '../model/mark.ts';
import type { Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { linkLocalFor, wantedBridge } from './bridge-spec.ts';
import { countGuests, guestDevice, tapSpec } from './guest-device.ts';
import type { Realise, RealiseInput } from './realisation.ts';

/** A bridge without a NIC: what its guests have of the world is what this host serves them. */
export const realiseVirtual: Realise<'virtual'> = (input) => {
  const { entry, network, interfaces, presence } = input;
  const mtu = network.network?.spec.mtu ?? null;
  const needs = [{ id: idOf('link', entry.bridge), incarnation: true }];
  const taps = interfaces.map((iface) =>
    guestDevice(iface, tapSpec(iface, input, { master: entry.bridge, mtu }), {
      needs,
      adopt: entry.adopt ?? false,
    }),
  );
  const summary = {
    name: network.name,
    realisation: `virtual ${entry.forward} ${entry.bridge}`,
    pool: [],
    guests: countGuests(interfaces, presence),
    undecided: 0,
  };
  return { wanted: [bridge(input), ...taps], problems: [], unplanned: [], summary };
};

function bridge(input: RealiseInput<'virtual'>): Wanted<'link'> {
  const { entry, network, facts } = input;
  const about = {
    owner: networkOwner(network.name),
    source: network.at([]),
    network: network.name,
    adopt: entry.adopt ?? false,
  };
  return wantedBridge(entry, about, facts, {
    mtu: network.network?.spec.mtu ?? null,
    mac: entry.mac ?? derivedGatewayMac(network.name),
    linkLocal: linkLocalFor(input, false),
  });
}
