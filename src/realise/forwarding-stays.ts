import { HOST_FIREWALL } from '../kinds/firewall.ts';
import { IPV6_FORWARD } from '../kinds/sysctl.ts';
import type { HostState } from '../model/host.ts';
import { recordedGateways } from '../model/mark.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyWanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { IPV4_FORWARD, kernelOf, linkSetting } from './kernel-settings.ts';

/**
 * With the last network that is served goes the guard, and no setting is ever reset: others may count on it by now. So
 * whoever takes the network away is told which links forward packets on a machine that is no router otherwise.
 */
export function forwardingStays(state: HostState, wanted: readonly AnyWanted[]): Problem[] {
  const id = idOf('firewall', HOST_FIREWALL);
  const guarded = state.services?.firewall?.owners.some(({ owner }) => owner === HOST_FIREWALL) ?? false;
  if (!guarded || wanted.some((one) => one.id === id)) return [];
  const kernel = kernelOf(state);
  const settings = state.links
    .filter(({ altnames }) => recordedGateways(altnames).length === 0)
    .flatMap(({ name }) => [
      ...(kernel.setting(IPV4_FORWARD) === '0' ? [linkSetting(4, name, 'forwarding')] : []),
      ...(kernel.setting(IPV6_FORWARD) === '0' ? [linkSetting(6, name, 'force_forwarding')] : []),
    ])
    .filter((path) => kernel.setting(path) === '1');
  if (settings.length === 0) return [];
  return [
    {
      code: 'forwarding-stays',
      severity: 'warning',
      message: `this host goes on forwarding what comes in by some links, and Plumbline's guard over that goes: ${settings.join(', ')}`,
      source: null,
      hint: `if nothing else needs it: sysctl -w ${settings.map((path) => `${path}=0`).join(' ')}`,
    },
  ];
}
