import type { PortGroup, Vlan } from '../desired/documents.ts';
import type { ResolvedInterface } from '../desired/fleet.ts';
import { derivedInterfaceId } from '../model/identity.ts';
import { guestOwner, networkOwner } from '../model/mark.ts';
import type { Problem, Source } from '../model/problem.ts';
import type { AnyWanted, Expect, Need, RefusedUplink, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { OvsPortSpec } from '../model/specs.ts';
import { countGuests, guestDevice, tapSpec } from './guest-device.ts';
import type { Realise, RealiseInput } from './realisation.ts';
import { findUplinks, ofBridge, uplinkExpects } from './uplinks.ts';

/** A bridge of Open vSwitch: one that stands already, or one that Plumbline makes with its uplinks. */
export const realiseOpenvswitch: Realise<'openvswitch'> = (input) => {
  const { entry, network, interfaces, presence, facts } = input;
  const managed = entry.manage ?? false;
  const wanted: AnyWanted[] = [];
  const problems: Problem[] = [];
  const refused: RefusedUplink[] = [];
  const summary = {
    name: network.name,
    realisation: `openvswitch ${entry.bridge}`,
    pool: [],
    guests: countGuests(interfaces, presence),
    undecided: facts.state.ovs === null ? countGuests(interfaces, presence) : 0,
  };
  if (facts.state.ovs === null) {
    const unplanned = interfaces.flatMap(({ device }) => [idOf('link', device), idOf('ovs-port', device)]);
    return { wanted, problems: [unreachable(input)], unplanned, summary };
  }
  // A tap does not leave the bridge that it is in for one that does not stand.
  const bridge = idOf('ovs-bridge', entry.bridge);
  const needs = [{ id: bridge, incarnation: false }];
  // Open vSwitch keeps the local port's MTU, which may be a stranger's, at the smallest of the bridge's ports.
  const localMtu = managed ? null : (facts.links.get(entry.bridge)?.mtu ?? null);
  const mtu = network.network?.spec.mtu ?? localMtu;
  const source = network.at(['bridge']);
  const spares: Expect[] =
    localMtu === null || mtu === null
      ? []
      : [{ id: idOf('link', entry.bridge), that: 'mtuAtMost', mtu, source }];
  const expects: Expect[] = managed ? [] : [{ id: bridge, that: 'exists', source }, ...spares];
  const taps = interfaces.map((iface) =>
    guestDevice(iface, tapSpec(iface, input, { master: null, mtu }), {
      needs,
      expects,
      adopt: entry.adopt ?? false,
    }),
  );
  if (managed) {
    wanted.push(managedBridge(input));
    const uplinks = findUplinks(input, entry.uplinks ?? []);
    problems.push(...uplinks.problems);
    refused.push(...uplinks.missing.map((name) => ({ of: bridge, name })));
    wanted.push(...uplinks.found.map(({ link, source: at }) => uplinkPort(input, link.name, at)));
  }
  wanted.push(...taps, ...interfaces.map((iface) => guestPort(input, iface, expects)));
  return { wanted, problems, unplanned: [], refused, summary };
};

function managedBridge(input: RealiseInput<'openvswitch'>): Wanted<'ovs-bridge'> {
  const { entry, network, facts } = input;
  return {
    kind: 'ovs-bridge',
    id: idOf('ovs-bridge', entry.bridge),
    name: entry.bridge,
    spec: { datapath: facts.datapath ?? entry.datapath ?? 'system', carried: true },
    ...ofBridge(input, network.at([])),
    needs: [],
    expects: [],
  };
}

function uplinkPort(input: RealiseInput<'openvswitch'>, uplink: string, source: Source): Wanted<'ovs-port'> {
  const { entry } = input;
  return {
    kind: 'ovs-port',
    id: idOf('ovs-port', uplink),
    name: uplink,
    spec: portSpec(entry.bridge, undefined, false, {}),
    ...ofBridge(input, source),
    needs: portNeeds(entry.bridge, uplink),
    expects: uplinkExpects(uplink, idOf('ovs-bridge', entry.bridge), source, false),
  };
}

/** The host's own port, a link that ovs-vswitchd makes. */
export function hostPort(
  { entry, network }: RealiseInput<'openvswitch'>,
  name: string,
  portGroup: PortGroup | null,
  source: Source,
): Wanted<'ovs-port'> {
  const id = idOf('ovs-bridge', entry.bridge);
  return {
    kind: 'ovs-port',
    id: idOf('ovs-port', name),
    name,
    spec: { ...portSpec(entry.bridge, portGroup?.vlan, false, {}), internal: true },
    owner: networkOwner(network.name),
    source,
    guests: [],
    network: network.name,
    needs: [{ id, incarnation: true }],
    expects: entry.manage === true ? [] : [{ id, that: 'exists', source: network.at(['bridge']) }],
    adopt: false,
  };
}

/** The external_ids are those that libvirt sets, so that OVN and other tools find the port (LIBVIRT.md 1.3). */
function guestPort(
  { entry, network }: RealiseInput<'openvswitch'>,
  iface: ResolvedInterface,
  expects: Expect[],
): Wanted<'ovs-port'> {
  const ids = {
    'attached-mac': iface.mac,
    'iface-id': iface.statedId ?? derivedInterfaceId(iface.guest, iface.name),
    'iface-status': 'active',
    ...(iface.guestUuid === null ? {} : { 'vm-id': iface.guestUuid }),
  };
  return {
    kind: 'ovs-port',
    id: idOf('ovs-port', iface.device),
    name: iface.device,
    spec: portSpec(entry.bridge, iface.portGroup?.vlan, iface.portGroup?.isolated ?? false, ids),
    owner: guestOwner(iface.guest, iface.name),
    source: iface.at([]),
    guests: [iface.guest],
    network: network.name,
    needs: portNeeds(entry.bridge, iface.device),
    expects,
    adopt: iface.adopt || (entry.adopt ?? false),
  };
}

/** The link first: one that is not made has its own reason, and the port waits for that. */
function portNeeds(bridge: string, link: string): Need[] {
  return [
    { id: idOf('link', link), incarnation: true },
    { id: idOf('ovs-bridge', bridge), incarnation: true },
  ];
}

function portSpec(
  bridge: string,
  vlan: Vlan | undefined,
  isolated: boolean,
  externalIds: Record<string, string>,
): OvsPortSpec {
  return { bridge, internal: false, ...vlanColumns(vlan), protected: isolated, externalIds, bound: true };
}

/** ovs-vswitchd.conf.db(5), Port: VLAN Configuration. */
function vlanColumns(vlan: Vlan | undefined): Pick<OvsPortSpec, 'vlanMode' | 'tag' | 'trunks'> {
  if (vlan === undefined) return { vlanMode: null, tag: null, trunks: [] };
  if ('tag' in vlan) return { vlanMode: 'access', tag: vlan.tag, trunks: [] };
  const trunks = [...new Set(vlan.trunk)].sort((a, b) => a - b);
  return vlan.native === undefined
    ? { vlanMode: 'trunk', tag: null, trunks }
    : { vlanMode: 'native-untagged', tag: vlan.native, trunks };
}

function unreachable({ network, facts }: RealiseInput<'openvswitch'>): Problem {
  return {
    code: 'ovs-unreachable',
    severity: 'error',
    message: `network ${network.name} needs Open vSwitch, which cannot be reached: ${facts.state.ovsUnavailable}`,
    source: network.at([]),
    hint: 'start it (systemctl start openvswitch-switch), install it (package openvswitch-switch), or set OVS_RUNDIR',
  };
}
