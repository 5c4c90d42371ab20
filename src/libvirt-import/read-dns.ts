import type { LibvirtDns, LibvirtNetwork, LibvirtSrv } from './libvirt-network.ts';
import { attributePlace, childOf, childrenOf, type Node, placeOf, Refused } from './notes.ts';
import { addressValueOf, choice, quoted, required, textValue, whole, yesNo } from './values.ts';

/** The names that a network's host answers for, and whom it asks for others. Throws Refused. */
export function readDns(network: Node): LibvirtDns | null {
  const node = childOf(network, 'dns');
  if (node === null) return null;
  const enabled = yesNo(node, 'enable') ?? true;
  const dns = {
    place: placeOf(node),
    enabled,
    forwarders: childrenOf(node, 'forwarder').map(readForwarder),
    hosts: childrenOf(node, 'host').map(readHost),
    txts: childrenOf(node, 'txt').map(readTxt),
    srvs: childrenOf(node, 'srv').map(readSrv),
  };
  const rest = [...dns.forwarders, ...dns.hosts, ...dns.txts, ...dns.srvs];
  const plain = yesNo(node, 'forwardPlainNames');
  if (!enabled && (rest.length > 0 || plain !== null))
    throw new Refused(attributePlace(node, 'enable'), 'DNS that is turned off says nothing else');
  return dns;
}

export function readDomainName(network: Node): LibvirtNetwork['domain'] {
  const node = childOf(network, 'domain');
  if (node === null) return null;
  const name = required(textValue, node, 'name');
  return { place: placeOf(node), name, localOnly: yesNo(node, 'localOnly') ?? false };
}

function readForwarder(node: Node): LibvirtDns['forwarders'][number] {
  const [address, domain] = [addressValueOf(node, 'addr'), textValue(node, 'domain')];
  if (address === null && domain === null)
    throw new Refused(placeOf(node), 'it has neither an address nor a domain');
  return { place: placeOf(node), address, domain, port: whole(1, 65_535)(node, 'port') };
}

function readHost(node: Node): LibvirtDns['hosts'][number] {
  const names = childrenOf(node, 'hostname').map(({ xml }) => xml.text);
  if (names.length === 0 || names.includes('')) throw new Refused(placeOf(node), 'it has no hostname');
  return { place: placeOf(node), address: required(addressValueOf, node, 'ip'), names };
}

function readTxt(node: Node): LibvirtDns['txts'][number] {
  const name = required(textValue, node, 'name');
  if (name.includes(' '))
    throw new Refused(attributePlace(node, 'name'), `${quoted(name)} has a blank in it`);
  return { place: placeOf(node), name, value: required(textValue, node, 'value') };
}

const PROTOCOL = choice(['tcp', 'udp']);
const SHORT = whole(0, 65_535);

function readSrv(node: Node): LibvirtSrv {
  const srv = {
    place: placeOf(node),
    service: required(textValue, node, 'service'),
    protocol: required(PROTOCOL, node, 'protocol'),
    domain: textValue(node, 'domain'),
    target: textValue(node, 'target'),
    port: whole(1, 65_535)(node, 'port'),
    priority: SHORT(node, 'priority'),
    weight: SHORT(node, 'weight'),
  };
  for (const name of ['port', 'priority', 'weight'] as const) {
    if (srv[name] !== null && srv.target === null)
      throw new Refused(attributePlace(node, name), `without a target there is no ${name}`);
  }
  return srv;
}
