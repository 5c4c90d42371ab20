import type { HostState } from '../model/host.ts';
import type { AnyObserved, Kind } from '../model/resource.ts';
import { addressKind } from './address.ts';
import { firewallKind } from './firewall.ts';
import type { KindModule } from './kind.ts';
import { libvirtActiveKind } from './libvirt/active.ts';
import { libvirtNetworkKind } from './libvirt/network.ts';
import { linkKind } from './link/link.ts';
import { membershipKind } from './membership.ts';
import { ovsBridgeKind } from './ovs-bridge.ts';
import { ovsPortKind } from './ovs-port.ts';
import { routeKind } from './route.ts';
import { serviceKind } from './service.ts';
import { sysctlKind } from './sysctl.ts';

const kinds: { readonly [K in Kind]: KindModule<K> } = {
  link: linkKind,
  membership: membershipKind,
  'ovs-bridge': ovsBridgeKind,
  'ovs-port': ovsPortKind,
  address: addressKind,
  route: routeKind,
  sysctl: sysctlKind,
  firewall: firewallKind,
  service: serviceKind,
  'libvirt-network': libvirtNetworkKind,
  'libvirt-active': libvirtActiveKind,
};

export function kindOf<K extends Kind>(kind: K): KindModule<K> {
  return kinds[kind];
}

/** All resources of a host, of every kind, strangers too. */
export function observeResources(state: HostState): AnyObserved[] {
  return Object.values(kinds).flatMap((module): AnyObserved[] => module.observe(state));
}
