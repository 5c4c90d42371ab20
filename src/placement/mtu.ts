import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import { type Reason, reason } from './reason.ts';
import type { PlacementView } from './view.ts';

/** What an Ethernet device carries unless somebody sets it up for more: ETH_DATA_LEN of linux/if_ether.h. */
const USUAL_MTU = 1500;

/**
 * Whether the network's frames pass there. The MTU is the network's, the same on every host; what could fall short is
 * what Plumbline does not set up, and of that documents tell little.
 */
export function mtuReasons(view: PlacementView, to: HostNetwork, host: ResolvedHost): Reason[] {
  const { name, network, entry } = to;
  const mtu = network?.spec.mtu;
  if (mtu === undefined || entry.type === 'virtual') return [];
  const other = sharing(to, host).find(
    (one) =>
      (one.network?.spec.mtu ?? mtu) !== mtu &&
      view.on(host.name).some(({ iface }) => iface.network === one.name),
  );
  if (other !== undefined) {
    const another = other.network?.spec.mtu ?? mtu;
    const what =
      another < mtu
        ? `so the bridge has no more, and larger frames may not pass`
        : `and a tap of less would lower a bridge that has it, so it is refused there`;
    const message = `${name} has an MTU of ${mtu} and shares its bridge there with guests of ${other.name}, whose MTU is ${another}: ${what}`;
    return [reason('mtu-differs', name, message)];
  }
  if (mtu <= USUAL_MTU) return [];
  const message = `${name} has an MTU of ${mtu}: documents do not say whether the NICs and bridges there carry it`;
  return [reason('mtu-not-told', name, message)];
}

/**
 * Other networks on the same bridge that stands already. A tap lowers the MTU of the bridge that it comes into
 * (br_mtu_auto_adjust in net/bridge/br_if.c), which is not ours to change; of managed ones check sees that they agree.
 */
function sharing({ name, entry }: HostNetwork, host: ResolvedHost): HostNetwork[] {
  if (entry.type !== 'bridge' || entry.manage === true) return [];
  return [...host.networks.values()].filter(
    (other) => other.name !== name && other.entry.type === 'bridge' && other.entry.bridge === entry.bridge,
  );
}
