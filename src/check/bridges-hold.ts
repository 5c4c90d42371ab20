import { deviceIdentity } from '../desired/devices.ts';
import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** BR_MAX_PORTS is 1 << BR_PORT_BITS, and port number 0 is nobody's: net/bridge/br_private.h, find_portno in br_if.c. */
export const BRIDGE_PORTS_MAX = 1023;

/** What the documents put into one Linux bridge of a host. */
interface Filling {
  /** The first by name that is realised by it. */
  network: HostNetwork;
  guests: number;
  /** By what each is, so that one with two names counts once. */
  uplinks: Map<string, string>;
}

/** A Linux bridge has ports for the guests that are placed on it and for its uplinks; the kernel refuses one more. */
export function bridgesHold({ hosts, attachments }: CheckContext): Problem[] {
  return [...hosts.values()].flatMap((host) => {
    const fillings = bridgesOf(host);
    for (const { network } of attachments.get(host.name) ?? []) {
      const filling = network?.entry.type === 'bridge' ? fillings.get(network.entry.bridge) : undefined;
      if (filling !== undefined) filling.guests += 1;
    }
    return [...fillings].flatMap(([bridge, { network, guests, uplinks }]) => {
      if (guests + uplinks.size <= BRIDGE_PORTS_MAX) return [];
      return [
        errorAt(
          network.document,
          ['spec', 'networks', network.name, 'bridge'],
          {
            code: 'bridge-too-small',
            message: `the bridge ${bridge} on ${host.name} has no ports for all that is placed on it`,
            found: `${guests} guest interfaces, uplinks: ${[...uplinks.values()].join(', ') || 'none'}`,
            expected: `at most ${BRIDGE_PORTS_MAX} ports, which is all that a Linux bridge takes`,
            hint: 'place guests elsewhere, give some networks a bridge of their own, or use openvswitch',
          },
          [host.document],
        ),
      ];
    });
  });
}

/** The Linux bridges of a host that are not virtual networks, by name, with no guest in them yet. */
export function bridgesOf(host: ResolvedHost): Map<string, Filling> {
  const fillings = new Map<string, Filling>();
  for (const network of host.networks.values()) {
    if (network.entry.type !== 'bridge') continue;
    const { bridge, uplinks = [] } = network.entry;
    const filling = fillings.get(bridge) ?? { network, guests: 0, uplinks: new Map() };
    for (const device of uplinks) filling.uplinks.set(deviceIdentity(host, device), device);
    fillings.set(bridge, filling);
  }
  return fillings;
}
