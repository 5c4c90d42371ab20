import { mtu as mtuSchema } from '../desired/fields.ts';
import { addressingOf } from './addressing.ts';
import { dnsOf } from './dns.ts';
import type { Draft, NetworkDraft } from './draft.ts';
import { type LibvirtNetwork, type LibvirtVirtualPort, MAKES_BRIDGE } from './libvirt-network.ts';
import { Refused, type Remarks } from './notes.ts';
import { portGroupsOf } from './port-groups.ts';
import { realisationOf } from './realisation.ts';

/** A network of libvirt's as a document and a realisation. Throws Refused. */
export function draftNetwork(
  draft: Draft,
  file: string,
  network: LibvirtNetwork,
  openvswitch: ReadonlySet<string>,
  remarks: Remarks,
): NetworkDraft {
  const name = draft.networkNames.of(network.name);
  const { groups, names } = portGroupsOf(network);
  for (const { virtualPort } of [network.port, ...network.portGroups]) spoken(virtualPort, remarks);
  const { stp, delay, place } = network.bridge;
  if (!stp && delay > 0) remarks.add(place, 'the delay is of nothing without STP');
  const addressing = addressingOf(network, remarks);
  const dns = dnsOf(network, remarks);
  return {
    name,
    original: network.name,
    origin: { file, ...network.place },
    spec: {
      ...descriptionOf(network.description),
      ...mtuOf(network),
      ...(groups.length > 0 && { portGroups: [...groups] }),
      ...(addressing && { addressing }),
      ...(dns && { dns }),
    },
    entry: realisationOf(network, name, openvswitch),
    groupNames: names,
    reserved: network.ips.flatMap(({ dhcp }) => (dhcp?.hosts ?? []).map(({ address }) => address)),
    libvirtMakesIt: MAKES_BRIDGE.has(network.forward.mode),
  };
}

/** Tells of a protocol between host and switch that nobody here speaks. */
export function spoken(port: LibvirtVirtualPort | null, remarks: Remarks): void {
  if (port?.type === '802.1Qbg' || port?.type === '802.1Qbh')
    remarks.add(port.place, `${port.type} is not spoken with the switch`);
}

/** The most of a document. */
const MOST_TEXT = 1000;

function descriptionOf(text: string | null): { description?: string } {
  return text === null ? {} : { description: text.slice(0, MOST_TEXT) };
}

/** libvirt's 0 is for the kernel's default. */
function mtuOf({ mtu, place }: LibvirtNetwork): { mtu?: number } {
  if (mtu === null || mtu === 0) return {};
  if (mtuSchema.safeParse(mtu).success) return { mtu };
  throw new Refused({ line: place.line, element: 'network/mtu' }, `no link has an MTU of ${mtu}`);
}
