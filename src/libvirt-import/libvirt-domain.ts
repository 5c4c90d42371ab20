import type { PortSettings } from './libvirt-network.ts';
import type { Place } from './notes.ts';

/** What libvirt's XML says of a domain's network interfaces. */
export interface LibvirtDomain {
  place: Place;
  name: string;
  uuid: string | null;
  interfaces: readonly LibvirtInterface[];
}

export interface LibvirtInterface {
  place: Place;
  /** Its place among all interfaces of the domain, from 0 on. */
  index: number;
  source: InterfaceSource;
  mac: string | null;
  /** The link on the host that it has always; null where libvirt chooses. */
  target: { place: Place; device: string } | null;
  queues: number;
  mtu: { place: Place; bytes: number } | null;
  port: PortSettings;
}

export type DirectMode = 'vepa' | 'bridge' | 'private' | 'passthrough';

/** What an interface is plugged into, each with the place of its name. */
export type InterfaceSource =
  | { is: 'network'; place: Place; network: string; portGroup: { place: Place; name: string } | null }
  | { is: 'bridge'; place: Place; bridge: string }
  | { is: 'direct'; place: Place; device: string; mode: DirectMode }
  /** A link that somebody else makes. */
  | { is: 'ethernet' }
  /** Nothing of the host's networks. */
  | { is: 'other'; type: string };
