import { isLinkName } from '../model/tokens.ts';
import type { InterfaceSource, LibvirtDomain, LibvirtInterface } from './libvirt-domain.ts';
import { attributeOf, attributePlace, childOf, childrenOf, type Node, placeOf, Refused } from './notes.ts';
import { readName, readUuid } from './read-network.ts';
import { readPort } from './read-port.ts';
import { choice, linkValue, macValue, required, textValue, whole } from './values.ts';

/** The interfaces of a `<domain>`; the rest of it is no matter of networks. Throws Refused. */
export function readDomain(node: Node): LibvirtDomain {
  const interfaces = interfacesOf(node);
  if (interfaces.length > MOST_INTERFACES)
    throw new Refused(placeOf(node), `it has more than ${MOST_INTERFACES} interfaces`);
  return {
    place: placeOf(node),
    name: readName(node),
    uuid: readUuid(node),
    interfaces: interfaces.map(readInterface),
  };
}

/** Of a Guest document. */
const MOST_INTERFACES = 64;

/** Shown below one another, as `interface` and not as `domain/devices/interface`. */
export function interfacesOf(domain: Node): Node[] {
  return childrenOf(domain, 'devices').flatMap((devices) =>
    childrenOf(devices, 'interface').map(({ xml }) => ({ xml, path: 'interface' })),
  );
}

const CARRIED = ['network', 'bridge', 'direct', 'ethernet'] as const;

/** The type of an interface that is carried; null for another. */
export function carriedType(node: Node): (typeof CARRIED)[number] | null {
  const type = attributeOf(node, 'type');
  return CARRIED.find((one) => one === type) ?? null;
}

function readInterface(node: Node, index: number): LibvirtInterface {
  const place = placeOf(node);
  if (carriedType(node) === null) {
    const source: InterfaceSource = { is: 'other', type: required(textValue, node, 'type') };
    const port = { vlan: null, isolated: null, virtualPort: null };
    return { place, index, source, mac: null, target: null, queues: 1, mtu: null, port };
  }
  const [mac, driver, mtu] = [childOf(node, 'mac'), childOf(node, 'driver'), childOf(node, 'mtu')];
  const queues = driver === null ? null : whole(1, 256)(driver, 'queues');
  const bytes = mtu === null ? null : required(whole(0, 65_535), mtu, 'size');
  return {
    place,
    index,
    source: readSource(node),
    mac: mac && required(macValue, mac, 'address'),
    target: readTarget(node),
    queues: queues ?? 1,
    mtu: mtu && bytes ? { place: placeOf(mtu), bytes } : null,
    port: readPort(node),
  };
}

const MODE = choice(['vepa', 'bridge', 'private', 'passthrough']);

function readSource(node: Node): InterfaceSource {
  const type = carriedType(node);
  if (type === 'ethernet' || type === null) return { is: 'ethernet' };
  const source = childOf(node, 'source');
  if (source === null) throw new Refused(placeOf(node), 'its source is missing');
  switch (type) {
    case 'network': {
      const group = attributeOf(source, 'portgroup');
      return {
        is: 'network',
        place: attributePlace(source, 'network'),
        network: required(textValue, source, 'network'),
        portGroup: group ? { place: attributePlace(source, 'portgroup'), name: group } : null,
      };
    }
    case 'bridge': {
      const place = attributePlace(source, 'bridge');
      return { is: 'bridge', place, bridge: required(linkValue, source, 'bridge') };
    }
    case 'direct': {
      const device = required(linkValue, source, 'dev');
      // libvirt's default.
      const mode = MODE(source, 'mode') ?? 'vepa';
      return { is: 'direct', place: attributePlace(source, 'dev'), device, mode };
    }
  }
}

/** libvirt takes names of these forms for its own of the last start, and chooses anew. */
const CHOSEN = /^(vnet|vif|macvtap|macvlan)[0-9]+$/;

function readTarget(node: Node): LibvirtInterface['target'] {
  const target = childOf(node, 'target');
  const device = target && attributeOf(target, 'dev');
  if (!target || !device || CHOSEN.test(device)) return null;
  const place = attributePlace(target, 'dev');
  if (!isLinkName(device)) throw new Refused(place, 'it is no name that a link can have');
  return { place, device };
}
