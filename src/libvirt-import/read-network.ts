import {
  type ForwardMode,
  type LibvirtBridge,
  type LibvirtNetwork,
  type LibvirtPortGroup,
  MAKES_BRIDGE,
} from './libvirt-network.ts';
import { attributeOf, attributePlace, childOf, childrenOf, type Node, placeOf, Refused } from './notes.ts';
import { readDns, readDomainName } from './read-dns.ts';
import { readForward } from './read-forward.ts';
import { readIps, readRoutes } from './read-ip.ts';
import { readPort } from './read-port.ts';
import { sayTogether } from './together.ts';
import { choice, macValue, onOff, quoted, required, textValue, uuidText, whole, yesNo } from './values.ts';

/** A `<network>` as libvirt understands it. Throws Refused for what libvirt would refuse, and for what cannot be said. */
export function readNetwork(node: Node): LibvirtNetwork {
  const ips = readIps(node);
  const mac = childOf(node, 'mac');
  const mtu = childOf(node, 'mtu');
  const forward = readForward(node);
  const network: LibvirtNetwork = {
    place: placeOf(node),
    name: readName(node),
    uuid: readUuid(node),
    description: readDescription(node),
    bridge: readBridge(node, forward.mode),
    mac: mac && required(macValue, mac, 'address'),
    mtu: mtu && required(whole(0, 65_535), mtu, 'size'),
    forward,
    domain: readDomainName(node),
    dns: readDns(node),
    ips,
    routes: readRoutes(node, ips),
    port: readPort(node),
    portGroups: readPortGroups(node),
  };
  yesNo(node, 'ipv6');
  yesNo(node, 'trustGuestRxFilters');
  sayTogether(network, node);
  return network;
}

/** Of a network or domain. Throws Refused where it is missing. */
export function readName(node: Node): string {
  const name = childOf(node, 'name');
  const text = name?.xml.text ?? '';
  if (name === null || text === '') throw new Refused(placeOf(name ?? node), 'the name is missing');
  if (/[/\n]/.test(text))
    throw new Refused(placeOf(name), `${quoted(text)} has a slash or a line's end in it`);
  return text;
}

export function readUuid(node: Node): string | null {
  const uuid = childOf(node, 'uuid');
  if (uuid === null) return null;
  const text = uuidText(uuid.xml.text);
  if (text === null) throw new Refused(placeOf(uuid), `${quoted(uuid.xml.text)} is no UUID`);
  return text;
}

/** What a person wrote. */
function readDescription(node: Node): string | null {
  const [description, title] = [childOf(node, 'description'), childOf(node, 'title')];
  const texts = [title, description].flatMap((one) => one?.xml.text || []);
  return texts.length === 0 ? null : texts.join(': ');
}

const TABLE_MANAGER = choice(['kernel', 'libvirt']);
/** Seconds; what the kernel takes of a bridge without STP is not bounded below that. */
const DELAY = whole(0, 4_294_967_295);

function readBridge(network: Node, mode: ForwardMode): LibvirtBridge {
  const node = childOf(network, 'bridge');
  if (node === null) return { place: placeOf(network), name: null, stp: true, delay: 0 };
  const name = attributeOf(node, 'name');
  const delay = DELAY(node, 'delay') ?? 0;
  TABLE_MANAGER(node, 'macTableManager');
  const stated =
    ['stp', 'zone'].find((one) => attributeOf(node, one) !== null) ?? (delay > 0 ? 'delay' : undefined);
  const stp = onOff(node, 'stp') ?? true;
  if (stated !== undefined && !MAKES_BRIDGE.has(mode))
    throw new Refused(attributePlace(node, stated), `libvirt makes no bridge with forward mode ${mode}`);
  return { place: placeOf(node), name: name === '' ? null : name, stp, delay };
}

function readPortGroups(network: Node): LibvirtPortGroup[] {
  const groups = childrenOf(network, 'portgroup').map((node) => ({
    ...readPort(node),
    place: placeOf(node),
    name: required(textValue, node, 'name'),
    isDefault: yesNo(node, 'default') ?? false,
  }));
  const names = new Set<string>();
  for (const { place, name } of groups) {
    if (names.has(name)) throw new Refused(place, `there is a port group ${quoted(name)} before it`);
    names.add(name);
  }
  const [, second] = groups.filter(({ isDefault }) => isDefault);
  if (second !== undefined) throw new Refused(second.place, 'there is a default port group before it');
  return groups;
}
