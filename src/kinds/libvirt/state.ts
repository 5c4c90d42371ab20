import type { HostState, LibvirtNetworkState } from '../../model/host.ts';
import { derivedNetworkUuid } from '../../model/identity.ts';
import { type Mark, networkOwner } from '../../model/mark.ts';

/** Ours has the UUID that its name gives: nothing else in it can be ours alone (libvirt 9.0). */
export function libvirtMark({ name, uuid }: LibvirtNetworkState): Mark {
  return uuid === derivedNetworkUuid(name) ? { is: 'ours', owner: networkOwner(name) } : { is: 'foreign' };
}

/** What a preview makes of one network; null: it is there no more. */
export function setNetwork(
  state: HostState,
  name: string,
  change: (network: LibvirtNetworkState) => LibvirtNetworkState,
): void {
  const { networks = [], unavailable = null } = state.libvirt ?? {};
  const standing = networks.find((one) => one.name === name) ?? {
    name,
    uuid: derivedNetworkUuid(name),
    autostart: false,
    defined: null,
    running: null,
    connections: 0,
  };
  const after = change(standing);
  const others = networks.filter((one) => one.name !== name);
  const gone = after.defined === null && after.running === null;
  state.libvirt = { networks: gone ? others : [...others, after], unavailable };
}
