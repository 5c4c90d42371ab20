import { hash } from 'node:crypto';
import type { Realisation, RealisationOf } from '../desired/documents.ts';
import { isLinkName, LINK_NAME_MAX } from '../model/tokens.ts';
import type { LibvirtNetwork } from './libvirt-network.ts';
import { Refused } from './notes.ts';
import { isOpenvswitchPort } from './together.ts';
import { quoted } from './values.ts';

/**
 * What a network is on the host whose libvirt has it. `openvswitch` are bridges that some guest's interface takes for
 * Open vSwitch's. Throws Refused.
 */
export function realisationOf(
  network: LibvirtNetwork,
  name: string,
  openvswitch: ReadonlySet<string>,
): Realisation {
  const { forward, bridge, port, portGroups } = network;
  const { mode } = forward;
  if (mode === 'isolated' || mode === 'nat' || mode === 'route' || mode === 'open')
    return virtualOf(network, name, mode);
  if (bridge.name !== null) {
    const isOpenvswitch = [port, ...portGroups].some(isOpenvswitchPort) || openvswitch.has(bridge.name);
    return { type: isOpenvswitch ? 'openvswitch' : 'bridge', bridge: checkedBridge(network, bridge.name) };
  }
  if (mode === 'hostdev') throw new Refused(forward.place, 'guests get no PCI devices from Plumbline');
  return { type: 'direct', mode, pool: forward.devices.map(({ device }) => ({ device })) };
}

function checkedBridge({ bridge }: LibvirtNetwork, name: string): string {
  if (isLinkName(name)) return name;
  throw new Refused(bridge.place, `${quoted(name)} is no name that a bridge can have`);
}

/** The kernel's least with STP, in seconds: it makes it of libvirt's 0 (BR_MIN_FORWARD_DELAY, net/bridge/br_private_stp.h). */
const LEAST_DELAY = 2;

function virtualOf(
  network: LibvirtNetwork,
  name: string,
  forward: RealisationOf<'virtual'>['forward'],
): RealisationOf<'virtual'> {
  const { bridge, mac, forward: way } = network;
  const chosen = bridge.name === null || bridge.name.includes('%d');
  const [device] = way.devices;
  return {
    type: 'virtual',
    bridge: chosen ? ownBridge(name) : checkedBridge(network, bridge.name ?? ''),
    forward,
    ...(device && { device: device.device }),
    ...natOf(way.nat),
    // libvirt's own rules let guests reach their host.
    ...(forward !== 'open' && { hostAccess: true }),
    ...(mac !== null && { mac }),
    ...(bridge.stp && { stp: true, forwardDelay: Math.max(bridge.delay, LEAST_DELAY) }),
  };
}

function natOf(nat: LibvirtNetwork['forward']['nat']): Pick<RealisationOf<'virtual'>, 'nat'> {
  if (nat === null) return {};
  const { addresses, ports, ipv6 } = nat;
  const written = {
    ...(addresses !== null && {
      addresses:
        addresses.first === addresses.last ? addresses.first : `${addresses.first}-${addresses.last}`,
    }),
    ...(ports !== null && { ports: `${ports.first}-${ports.last}` }),
    ...(ipv6 && { ipv6 }),
  };
  return Object.keys(written).length === 0 ? {} : { nat: written };
}

/** For a bridge that libvirt would name by counting. */
function ownBridge(network: string): string {
  const whole = `virbr-${network}`;
  return whole.length <= LINK_NAME_MAX ? whole : `virbr-${hash('sha256', network, 'hex').slice(0, 8)}`;
}
