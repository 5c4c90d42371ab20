import type { SpecOf } from '../desired/documents.ts';
import type { Draft, GuestDraft, KnownNetwork, NetworkDraft } from './draft.ts';
import { spoken } from './draft-network.ts';
import { networkOfSource } from './draft-source.ts';
import type { LibvirtDomain, LibvirtInterface } from './libvirt-domain.ts';
import type { Remarks } from './notes.ts';
import { portGroupFor } from './port-groups.ts';
import { isOpenvswitchPort } from './together.ts';
import { quoted } from './values.ts';

type Interface = SpecOf<'Guest'>['interfaces'][number];

/** A domain as a guest on the host of the import. Throws Refused. */
export function draftGuest(draft: Draft, file: string, domain: LibvirtDomain, remarks: Remarks): GuestDraft {
  const name = draft.guestNames.of(domain.name);
  return {
    name,
    original: domain.name,
    origin: { file, ...domain.place },
    spec: {
      host: draft.host,
      ...(domain.uuid !== null && { uuid: domain.uuid }),
      interfaces: domain.interfaces.flatMap((one) => interfaceOf(draft, file, name, one, remarks) ?? []),
    },
  };
}

function interfaceOf(
  draft: Draft,
  file: string,
  guest: string,
  iface: LibvirtInterface,
  remarks: Remarks,
): Interface | null {
  const { source, port, mac, target, queues, mtu, place, index } = iface;
  if (source.is === 'other') {
    const why = `an interface of type ${quoted(source.type)} is on no network of the host's`;
    remarks.add({ line: place.line, element: 'interface/@type' }, why);
    return null;
  }
  if (source.is === 'ethernet') {
    const standing = target === null ? null : standingInterface(draft, guest, target.device);
    if (standing === null) {
      const why = 'the domain does not say which network its link is on: add the interface to the guest';
      remarks.add({ line: place.line, element: 'interface/@type' }, why);
    }
    return standing;
  }
  const network = networkOfSource(draft, source, isOpenvswitchPort(port), { file, ...place });
  virtualPort(iface, network, remarks);
  const portGroup = groupOf(draft, network, iface, remarks);
  if (mtu !== null && mtu.bytes !== (network.mtu ?? 1500))
    remarks.add(mtu.place, `the MTU is the network's, which is ${network.mtu ?? 'the default'}`);
  const device = target === null ? null : freeDevice(draft, guest, target.device);
  if (target !== null && device === null)
    remarks.add(target.place, `another guest has the device ${target.device}: this one's is derived`);
  return {
    name: `eth${index}`,
    network: network.name,
    ...(mac !== null && { mac }),
    ...(portGroup !== undefined && { portGroup }),
    ...(device !== null && { device }),
    ...(port.virtualPort?.interfaceId && { id: port.virtualPort.interfaceId }),
    ...(queues > 1 && { queues }),
  };
}

/** As `libvirt interfaces` prints it: the guest is in the documents already. */
function standingInterface({ existing }: Draft, guest: string, device: string): Interface | null {
  const interfaces = existing?.guests.get(guest)?.spec.interfaces ?? [];
  return interfaces.find((one) => (one.device ?? `${guest}-${one.name}`) === device) ?? null;
}

function virtualPort({ port }: LibvirtInterface, { entry }: KnownNetwork, remarks: Remarks): void {
  spoken(port.virtualPort, remarks);
  if (port.virtualPort?.type === 'openvswitch' && entry.type !== 'openvswitch')
    remarks.add(port.virtualPort.place, `the network is ${entry.type} in the documents`);
}

/** The name of the port group that says what the interface does; undefined for the default. Adds one where none says it. */
function groupOf(
  draft: Draft,
  network: KnownNetwork,
  { source, port }: LibvirtInterface,
  remarks: Remarks,
): string | undefined {
  const asked = source.is === 'network' ? source.portGroup : null;
  const named = asked === null ? undefined : (network.groupNames.get(asked.name) ?? asked.name);
  const isKnown = named !== undefined && network.portGroups.some(({ name }) => name === named);
  if (asked !== null && !isKnown)
    remarks.add(asked.place, `the network has no port group ${quoted(asked.name)}`);
  const { name, added } = portGroupFor(network.portGroups, isKnown ? named : undefined, port);
  if (added !== null) {
    const fresh = draft.networks.get(network.name);
    const spec = fresh?.spec ?? { portGroups: [] };
    spec.portGroups = [...(spec.portGroups ?? []), added];
    if (fresh === undefined) draft.networks.set(network.name, additionTo(draft, network, spec));
  }
  return name;
}

/** A network that stands in the documents, and gets a port group. */
function additionTo(
  { existing }: Draft,
  { name, entry, groupNames }: KnownNetwork,
  spec: SpecOf<'Network'>,
): NetworkDraft {
  const document = existing?.networks.get(name);
  const place = document?.at([]) ?? { file: '', line: 1 };
  const origin = { file: place.file, line: place.line, element: 'network' };
  return { name, original: name, origin, spec, entry, groupNames, reserved: [], libvirtMakesIt: false };
}

/** null where another guest has it. */
function freeDevice({ devices }: Draft, guest: string, device: string): string | null {
  return (devices.get(device) ?? guest) === guest ? device : null;
}
