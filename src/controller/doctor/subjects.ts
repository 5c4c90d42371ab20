import type { ResolvedHost } from '../../desired/fleet.ts';
import { serveSettings } from '../../desired/serve-settings.ts';
import { byName } from '../../model/by-name.ts';
import type { LinkState } from '../../model/host.ts';
import { linkMark } from '../../model/mark.ts';
import type { AnyWanted } from '../../model/resource.ts';

/** A link whose fate matters: one that Plumbline makes, or a NIC that it puts on a bridge. */
export interface Subject {
  name: string;
  role: 'guest device' | 'bridge' | 'uplink';
  /** In the kernel's words, as `LinkState.type`: `tun` for a tap. */
  type: string;
  /** The bridge that it is to be a port of, by the documents or as it stands. */
  bridge: string | null;
  mac: string | null;
  /** As it stands; null when it is still to be made. */
  link: LinkState | null;
  /** Documents name it, and do not have it taken over. */
  claimed: boolean;
}

/** What this host's documents ask of kernel, tools and rights. */
export interface Needs {
  bridge: boolean;
  tap: boolean;
  macvtap: boolean;
  openvswitch: boolean;
  /** Open vSwitch in the kernel, not in userspace. */
  ovsKernel: boolean;
  /** Guest devices are given to an account. */
  accounts: boolean;
  ping: boolean;
  /** Rules of networks that this host serves. */
  rules: boolean;
  /** DHCP or DNS of such networks. */
  service: boolean;
  /** It forwards for them. */
  forwards: boolean;
  /** It asks its own name servers for their guests. */
  resolves: boolean;
}

/** From the documents. */
export function wantedSubjects(wanted: readonly AnyWanted[], links: readonly LinkState[]): Subject[] {
  const named = byName(links);
  return wanted.flatMap((one) => subjectOf(one, named.get(one.name) ?? null) ?? []);
}

function subjectOf(one: AnyWanted, link: LinkState | null): Subject | null {
  switch (one.kind) {
    case 'link': {
      const { kind } = one.spec;
      // The host's own links for serving are made beside what is judged: their parent, or their bridge.
      if (kind === 'other' || kind === 'macvlan' || kind === 'internal') return null;
      return {
        name: one.name,
        role: kind === 'bridge' ? 'bridge' : 'guest device',
        type: kind === 'tap' ? 'tun' : kind,
        bridge: kind === 'tap' ? one.spec.master : null,
        mac: one.spec.mac,
        link,
        claimed: !one.adopt,
      };
    }
    case 'membership':
      return uplink(one.name, one.spec.bridge, link);
    case 'ovs-port':
      // The port of a guest device is that device's matter.
      return one.guests.length > 0 || one.spec.internal ? null : uplink(one.name, one.spec.bridge, link);
    case 'ovs-bridge':
    case 'address':
    case 'route':
    case 'sysctl':
    case 'firewall':
    case 'service':
    case 'libvirt-network':
    case 'libvirt-active':
      return null;
  }
}

/** From the host alone, where no documents are to be had: what bears our mark. */
export function standingSubjects(links: readonly LinkState[]): Subject[] {
  return links.flatMap((link): Subject[] => {
    if (linkMark(link).is !== 'ours') return [];
    const { name, type, master, mac } = link;
    const role = type === 'bridge' ? 'bridge' : 'guest device';
    return [{ name, role, type, bridge: master, mac, link, claimed: false }];
  });
}

export function needsOf(host: ResolvedHost | null, subjects: readonly Subject[]): Needs {
  const entries = [...(host?.networks.values() ?? [])].map(({ entry }) => entry);
  const switches = entries.filter((entry) => entry.type === 'openvswitch');
  const has = (type: string) => subjects.some((subject) => subject.type === type);
  return {
    bridge: has('bridge') || entries.some(({ type }) => type === 'bridge'),
    tap: has('tun') || entries.some(({ type }) => type !== 'direct'),
    macvtap: has('macvtap') || entries.some(({ type }) => type === 'direct'),
    openvswitch: switches.length > 0,
    ovsKernel: switches.some(({ datapath }) => datapath !== 'netdev'),
    accounts: host?.guestDevices !== null && host?.guestDevices !== undefined,
    ping: host?.safety?.probes.some((probe) => 'ping' in probe) ?? false,
    ...servingNeeds(host),
  };
}

function servingNeeds(host: ResolvedHost | null): Pick<Needs, 'rules' | 'service' | 'forwards' | 'resolves'> {
  const needs = { rules: false, service: false, forwards: false, resolves: false };
  for (const { entry, network } of host?.networks.values() ?? []) {
    const settings = serveSettings(entry);
    if (settings === null) continue;
    needs.rules ||= settings.forward !== 'open';
    needs.forwards ||= settings.forward !== 'isolated';
    const { addressing = [], dns } = network?.spec ?? {};
    const names = addressing.length > 0 && dns?.enabled !== false;
    needs.service ||= names || addressing.some(({ dhcp, slaac }) => dhcp !== undefined || slaac === true);
    needs.resolves ||= names && settings.forward !== 'isolated' && (dns?.forwarders ?? []).length === 0;
  }
  return needs;
}

function uplink(name: string, bridge: string | null, link: LinkState | null): Subject {
  const type = link?.type ?? 'physical';
  return { name, role: 'uplink', type, bridge, mac: link?.mac ?? null, link, claimed: false };
}
