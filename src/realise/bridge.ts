import type { RealisationOf } from '../desired/documents.ts';
import { derivedBridgeMac } from '../model/identity.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { BridgeSpec } from '../model/specs.ts';
import { countGuests, guestDevice, tapSpec } from './guest-device.ts';
import type { Realise, RealiseInput } from './realisation.ts';
import { bridgeOwner, findUplinks } from './uplinks.ts';

/** A Linux bridge: one that stands already, or one that Plumbline makes with its uplinks. */
export const realiseBridge: Realise<'bridge'> = (input) => {
  const { entry, network, interfaces, facts } = input;
  const managed = entry.manage ?? false;
  const wanted: AnyWanted[] = [];
  const problems: Problem[] = [];
  if (managed) {
    wanted.push(managedBridge(input));
    const uplinks = findUplinks(input, entry.uplinks ?? []);
    problems.push(...uplinks.problems);
    wanted.push(...uplinks.found.map(({ link, source }) => membership(input, link.name, source)));
  }
  const id = idOf('link', entry.bridge);
  const source = network.at(['bridge']);
  for (const iface of interfaces) {
    const mtu = network.network?.spec.mtu ?? (managed ? null : (facts.links.get(entry.bridge)?.mtu ?? null));
    const device = guestDevice(iface, tapSpec(iface, facts, { master: entry.bridge, mtu }), {
      needs: [{ id, incarnation: true }],
      expects: managed
        ? []
        : [
            { id, that: 'exists', type: 'bridge', source },
            ...(mtu === null ? [] : [{ id, that: 'mtuAtMost', mtu, source } as const]),
          ],
      adopt: entry.adopt ?? false,
    });
    wanted.push(device);
  }
  const summary = {
    name: network.name,
    realisation: `bridge ${entry.bridge}`,
    pool: [],
    guests: countGuests(interfaces),
  };
  return { wanted, problems, unplanned: [], summary };
};

function managedBridge({ host, network, entry, facts }: RealiseInput<'bridge'>): Wanted<'link'> {
  return {
    kind: 'link',
    id: idOf('link', entry.bridge),
    name: entry.bridge,
    spec: bridgeSpec(host.name, entry, network.network?.spec.mtu ?? null, facts.links.has(entry.bridge)),
    owner: bridgeOwner(host, entry.bridge),
    source: network.at([]),
    guests: [],
    network: network.name,
    needs: [],
    expects: [],
    adopt: entry.adopt ?? false,
  };
}

/**
 * STP is off unless asked for, and then there is nothing to wait for: with the kernel's 15 s of forward delay a new
 * port would learn in silence first (br_make_forwarding, net/bridge/br_stp.c).
 */
function bridgeSpec(
  host: string,
  entry: RealisationOf<'bridge'>,
  mtu: number | null,
  stands: boolean,
): BridgeSpec {
  const stp = entry.stp ?? false;
  return {
    kind: 'bridge',
    up: true,
    mtu,
    // A bridge that was taken over keeps its own; the derived one only spares a new bridge from adopting a guest's.
    mac: entry.mac ?? (stands ? null : derivedBridgeMac(host, entry.bridge)),
    stp,
    forwardDelay: entry.forwardDelay ?? (stp ? null : 0),
    ageingTime: entry.ageingTime ?? null,
    multicastSnooping: entry.multicastSnooping ?? null,
  };
}

function membership(
  { host, entry, network }: RealiseInput<'bridge'>,
  uplink: string,
  source: Wanted['source'],
): Wanted<'membership'> {
  const bridge = idOf('link', entry.bridge);
  return {
    kind: 'membership',
    id: idOf('membership', uplink),
    name: uplink,
    spec: { bridge: entry.bridge, recordedBy: [entry.bridge] },
    owner: bridgeOwner(host, entry.bridge),
    source,
    guests: [],
    network: network.name,
    needs: [{ id: bridge, incarnation: true }],
    expects: [{ id: idOf('link', uplink), that: 'noGlobalAddress', source }],
    adopt: entry.adopt ?? false,
  };
}
