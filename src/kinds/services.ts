import type { HostState, ServicesState } from '../model/host.ts';

/** What a host serves networks by, to be simulated on; nothing so far where nobody has looked. */
export function servicesOf(state: HostState): ServicesState {
  state.services ??= {
    sysctls: new Map(),
    firewall: null,
    firewallUnavailable: null,
    dnsmasq: [],
    foreignDrops: [],
    missing: [],
  };
  return state.services;
}
