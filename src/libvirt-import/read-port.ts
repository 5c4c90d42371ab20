import type { LibvirtVirtualPort, LibvirtVlan, PortSettings } from './libvirt-network.ts';
import { attributeOf, attributePlace, childOf, childrenOf, type Node, placeOf, Refused } from './notes.ts';
import { choice, quoted, required, uuidText, whole, yesNo } from './values.ts';

/** What networks, port groups and interfaces alike say of a guest's port. Throws Refused. */
export function readPort(node: Node): PortSettings {
  const vlan = childOf(node, 'vlan');
  const port = childOf(node, 'port');
  const virtualPort = childOf(node, 'virtualport');
  checkBandwidth(node);
  return {
    vlan: vlan === null ? null : { place: placeOf(vlan), vlan: readVlan(vlan) },
    isolated: port === null ? null : yesNo(port, 'isolated'),
    virtualPort: virtualPort === null ? null : readVirtualPort(virtualPort),
  };
}

const VLAN_ID = whole(0, 4095);
const NATIVE = choice(['tagged', 'untagged']);
const TRUNK = choice(['yes']);

function readVlan(node: Node): LibvirtVlan {
  const tags = childrenOf(node, 'tag').map((tag) => ({
    tag,
    id: required(VLAN_ID, tag, 'id'),
    native: NATIVE(tag, 'nativeMode'),
  }));
  const [first] = tags;
  if (first === undefined) throw new Refused(placeOf(node), 'it has no tag');
  for (const { tag, id } of tags) {
    // IEEE 802.1Q: the one is for frames without a VLAN, the other reserved.
    if (id === 0 || id === 4095)
      throw new Refused(attributePlace(tag, 'id'), `${id} is reserved, a VLAN is from 1 to 4094`);
  }
  const natives = tags.filter(({ native }) => native !== null);
  const [native, another] = natives;
  if (another !== undefined) throw new Refused(placeOf(another.tag), 'there is a native VLAN before it');
  if (native?.native === 'tagged') {
    const place = attributePlace(native.tag, 'nativeMode');
    throw new Refused(place, 'Plumbline sends the native VLAN of a trunk without a tag only');
  }
  const isTrunk = TRUNK(node, 'trunk') === 'yes' || tags.length > 1 || native !== undefined;
  if (!isTrunk) return { tag: first.id };
  const trunk = [...new Set(tags.map(({ id }) => id))].sort((a, b) => a - b);
  return { trunk, ...(native && { native: native.id }) };
}

const TYPE = choice(['openvswitch', '802.1Qbg', '802.1Qbh', 'midonet']);

function readVirtualPort(node: Node): LibvirtVirtualPort {
  const type = TYPE(node, 'type');
  const parameters = childOf(node, 'parameters');
  const id = parameters === null ? null : attributeOf(parameters, 'interfaceid');
  const uuid = id === null ? null : uuidText(id);
  if (parameters !== null && id !== null && uuid === null)
    throw new Refused(attributePlace(parameters, 'interfaceid'), `${quoted(id)} is no UUID`);
  if (type === 'midonet')
    throw new Refused(attributePlace(node, 'type'), 'MidoNet is nothing that Plumbline speaks to');
  return { place: placeOf(node), type, interfaceId: uuid };
}

/** libvirt's least and most of a rate in kilobytes a second and of a burst in kilobytes. */
const RATE = whole(0, 4_294_967_295);

/** Bandwidth is not carried; what libvirt would not take is refused all the same. */
function checkBandwidth(node: Node): void {
  const bandwidth = childOf(node, 'bandwidth');
  if (bandwidth === null) return;
  for (const direction of ['inbound', 'outbound'] as const) {
    const rates = childOf(bandwidth, direction);
    if (rates === null) continue;
    const [average, floor] = [RATE(rates, 'average'), RATE(rates, 'floor')];
    for (const name of ['peak', 'burst']) RATE(rates, name);
    if (average === null && (floor === null || direction === 'outbound'))
      throw new Refused(placeOf(rates), 'its average is missing');
  }
}
