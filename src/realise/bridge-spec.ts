import type { BridgeSpec } from '../model/specs.ts';

/** What documents may say of a bridge that Plumbline makes. */
interface BridgeSettings {
  stp?: boolean | undefined;
  forwardDelay?: number | undefined;
  ageingTime?: number | undefined;
  multicastSnooping?: boolean | undefined;
}

/**
 * STP is off unless asked for, and then there is nothing to wait for: with the kernel's 15 s of forward delay a new
 * port would learn in silence first (br_make_forwarding, net/bridge/br_stp.c).
 */
export function bridgeSpec(
  settings: BridgeSettings,
  rest: Pick<BridgeSpec, 'mtu' | 'mac' | 'linkLocal'>,
): BridgeSpec {
  const stp = settings.stp ?? false;
  return {
    kind: 'bridge',
    up: true,
    stp,
    forwardDelay: settings.forwardDelay ?? (stp ? null : 0),
    ageingTime: settings.ageingTime ?? null,
    multicastSnooping: settings.multicastSnooping ?? null,
    ...rest,
  };
}
