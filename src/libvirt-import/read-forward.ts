import { addressBlock } from '../model/ip.ts';
import type { ForwardMode, LibvirtForward } from './libvirt-network.ts';
import { attributePlace, childOf, childrenOf, type Node, placeOf, Refused } from './notes.ts';
import { addressValueOf, choice, linkValue, quoted, required, whole, yesNo } from './values.ts';

const MODE = choice(['nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev']);

/** How a network's guests reach the outside. Throws Refused. */
export function readForward(network: Node): LibvirtForward {
  const node = childOf(network, 'forward');
  if (node === null) return { place: placeOf(network), mode: 'isolated', devices: [], nat: null };
  // libvirt's default for a forward without a mode.
  const mode = MODE(node, 'mode') ?? 'nat';
  const nat = childOf(node, 'nat');
  if (nat !== null && mode !== 'nat')
    throw new Refused(placeOf(nat), `a network with forward mode ${mode} has no NAT`);
  return { place: placeOf(node), mode, devices: readDevices(node, mode), nat: nat && readNat(nat) };
}

function readDevices(node: Node, mode: ForwardMode): LibvirtForward['devices'] {
  const [pf] = childrenOf(node, 'pf');
  const [address] = childrenOf(node, 'address');
  if (mode === 'hostdev') {
    const why = 'guests get PCI devices of their own from it (hostdev), which Plumbline does not hand out';
    throw new Refused(attributePlace(node, 'mode'), why);
  }
  if (address !== undefined)
    throw new Refused(placeOf(address), `PCI addresses are of forward mode hostdev only, not of ${mode}`);
  if (pf !== undefined) {
    const why =
      'which virtual functions it has is known on the host only: name each of them by <interface dev=…/>';
    throw new Refused(placeOf(pf), why);
  }
  const devices = childrenOf(node, 'interface').map((one) => ({
    place: placeOf(one),
    device: required(linkValue, one, 'dev'),
  }));
  const seen = new Set<string>();
  for (const { place, device } of devices) {
    if (seen.has(device)) throw new Refused(place, `${quoted(device)} is named twice`);
    seen.add(device);
  }
  const device = linkValue(node, 'dev');
  if (device === null) return devices;
  const [first] = devices;
  if (first !== undefined && first.device !== device) {
    const why = `it is not the first interface, ${quoted(first.device)}`;
    throw new Refused(attributePlace(node, 'dev'), why);
  }
  return first === undefined ? [{ place: attributePlace(node, 'dev'), device }] : devices;
}

const PORT = whole(1, 65_535);

function readNat(node: Node): LibvirtForward['nat'] {
  const address = childOf(node, 'address');
  const port = childOf(node, 'port');
  return {
    addresses: address && natAddresses(address),
    ports: port && natPorts(port),
    ipv6: yesNo(node, 'ipv6') ?? false,
  };
}

function natAddresses(node: Node): { first: string; last: string } {
  const [first, last] = [required(addressValueOf, node, 'start'), required(addressValueOf, node, 'end')];
  const [a, b] = [addressBlock(first), addressBlock(last)];
  if (a.family !== 4 || b.family !== 4)
    throw new Refused(placeOf(node), 'libvirt takes IPv4 addresses for NAT');
  if (b.first < a.first) throw new Refused(placeOf(node), 'it ends before it starts');
  return { first, last };
}

function natPorts(node: Node): { first: number; last: number } {
  const [first, last] = [required(PORT, node, 'start'), required(PORT, node, 'end')];
  if (last < first) throw new Refused(placeOf(node), 'it ends before it starts');
  return { first, last };
}
