import { type ForwardMode, type LibvirtNetwork, MAKES_BRIDGE, type PortSettings } from './libvirt-network.ts';
import { childrenOf, type Node, placeOf, Refused } from './notes.ts';

/** What libvirt takes together and what it does not: the rules of its network driver. Throws Refused. */
export function sayTogether(network: LibvirtNetwork, node: Node): void {
  const { forward } = network;
  if (MAKES_BRIDGE.has(forward.mode)) ownBridge(network);
  else foreignLink(network, node);
  portsOf(network);
}

/** A network whose bridge libvirt makes. */
function ownBridge({ forward, ips, bridge }: LibvirtNetwork): void {
  const { mode, place, devices } = forward;
  if ((mode === 'nat' || mode === 'route') && ips.length === 0)
    throw new Refused(place, `forward mode ${mode} needs an address on the network`);
  if (mode === 'open' && devices.length > 0)
    throw new Refused(place, 'forward mode open has no device: it has no rules at all');
  const [, second] = devices;
  if (second !== undefined) throw new Refused(second.place, `one device is all with forward mode ${mode}`);
  if (bridge.stp && bridge.delay > MOST_DELAY)
    throw new Refused(bridge.place, `the kernel takes a delay of at most ${MOST_DELAY} seconds with STP`);
}

/** BR_MAX_FORWARD_DELAY, net/bridge/br_private_stp.h */
const MOST_DELAY = 30;

const OWN_ONLY = ['mac', 'ip', 'route', 'dns', 'domain', 'mtu'] as const;

/** A network whose links are there without libvirt. */
function foreignLink({ forward, bridge }: LibvirtNetwork, node: Node): void {
  const { mode, devices, place } = forward;
  for (const name of OWN_ONLY) {
    // libvirt lets an empty one pass.
    const found = childrenOf(node, name).find(({ xml }) => xml.attributes.size + xml.children.length > 0);
    if (found !== undefined)
      throw new Refused(placeOf(found), `a network with forward mode ${mode} has no ${name}`);
  }
  const [bandwidth] = childrenOf(node, 'bandwidth');
  if (bandwidth !== undefined && mode !== 'bridge')
    throw new Refused(placeOf(bandwidth), `a network with forward mode ${mode} has no bandwidth`);
  if (bridge.name !== null && (mode !== 'bridge' || devices.length > 0)) {
    const beside = mode === 'bridge' ? `the device ${devices[0]?.device}` : `forward mode ${mode}`;
    throw new Refused(bridge.place, `a bridge cannot stand beside ${beside}`);
  }
  if (bridge.name === null && devices.length === 0)
    throw new Refused(place, 'it names neither a bridge nor a device');
}

function portsOf(network: LibvirtNetwork): void {
  const { forward, bridge, port, portGroups } = network;
  const isBridge = bridge.name !== null && forward.mode === 'bridge';
  for (const one of [port, ...portGroups]) {
    const type = one.virtualPort?.type ?? null;
    if (one.virtualPort === null || type === null) continue;
    const { place } = one.virtualPort;
    if (MAKES_BRIDGE.has(forward.mode))
      throw new Refused(place, `a network with forward mode ${forward.mode} has no virtual port`);
    if (isBridge !== (type === 'openvswitch'))
      throw new Refused(
        place,
        `a virtual port of type ${type} is not for ${linkWords(forward.mode, isBridge)}`,
      );
  }
  const isOpenvswitch = isBridge && [port, ...portGroups].some(isOpenvswitchPort);
  for (const { vlan } of [port, ...portGroups])
    if (vlan !== null && !isOpenvswitch)
      throw new Refused(
        vlan.place,
        `Plumbline gives a VLAN on Open vSwitch only, not on ${linkWords(forward.mode, isBridge)}`,
      );
  for (const group of portGroups) {
    // A virtual port of its own stands in place of the network's, as far as libvirt judges VLANs.
    const tagged = group.vlan ?? port.vlan;
    if (tagged !== null && group.virtualPort !== null && !isOpenvswitchPort(group))
      throw new Refused(group.virtualPort.place, 'beside a VLAN its type has to be openvswitch');
  }
  if (port.isolated === true && !isBridge && !MAKES_BRIDGE.has(forward.mode))
    throw new Refused(network.place, 'ports are isolated on bridges only');
}

export function isOpenvswitchPort({ virtualPort }: PortSettings): boolean {
  return virtualPort?.type === 'openvswitch';
}

function linkWords(mode: ForwardMode, isBridge: boolean): string {
  if (isBridge) return 'a bridge of the kernel';
  return MAKES_BRIDGE.has(mode) ? 'a bridge that libvirt makes' : 'macvtaps';
}
