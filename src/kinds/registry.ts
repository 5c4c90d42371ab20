import type { HostState } from '../model/host.ts';
import type { AnyObserved, Kind } from '../model/resource.ts';
import type { KindModule } from './kind.ts';
import { linkKind } from './link/link.ts';
import { membershipKind } from './membership.ts';
import { ovsBridgeKind } from './ovs-bridge.ts';
import { ovsPortKind } from './ovs-port.ts';

const kinds: { readonly [K in Kind]: KindModule<K> } = {
  link: linkKind,
  membership: membershipKind,
  'ovs-bridge': ovsBridgeKind,
  'ovs-port': ovsPortKind,
};

export function kindOf<K extends Kind>(kind: K): KindModule<K> {
  return kinds[kind];
}

/** All resources of a host, of every kind, strangers too. */
export function observeResources(state: HostState): AnyObserved[] {
  return Object.values(kinds).flatMap((module): AnyObserved[] => module.observe(state));
}
