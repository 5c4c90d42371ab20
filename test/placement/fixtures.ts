import { check } from '../../src/check/check.ts';
import { loadDirectory } from '../../src/desired/load.ts';
import { PlacementView } from '../../src/placement/view.ts';
import { fleetFiles } from '../check/fixtures.ts';
import { desiredDirectory } from '../support/desired-directory.ts';

/** A fleet in which web can be on every host but its own, with nothing to be said of any of them. */
export const PLACES = `
Network red: { portGroups: [{ name: web, default: true }, { name: v42, vlan: { tag: 42 } }, { name: all, vlan: { trunk: [1, 2] } }, { name: alone, isolated: true }] }
Network blue: {}
Network lab: {}
Host a: { networks: { red: { type: bridge, bridge: br0 }, blue: { type: bridge, bridge: br1 } } }
Host b: { networks: { red: { type: direct, mode: bridge, pool: [{ device: eth2, maxGuests: 2 }] } } }
Host c: { networks: { red: { type: openvswitch, bridge: ovs0, manage: true, uplinks: [eth1] } } }
Guest web: { host: a, interfaces: [{ name: eth0, network: red }] }
`;

/** Documents as they stand on disk, with what check says of them. */
export async function viewOf(...texts: string[]): Promise<PlacementView> {
  const { fleet, problems } = await loadDirectory(desiredDirectory(fleetFiles(...texts)), { cache: null });
  return new PlacementView(fleet, [...problems, ...check(fleet)]);
}
