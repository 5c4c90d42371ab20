import type { Path, Source } from '../model/problem.ts';
import type {
  DeviceMatch,
  DocumentKind,
  GuestDevices,
  Libvirt,
  PortGroup,
  Realisation,
  Safety,
  SpecOf,
} from './documents.ts';

/** One document, and where its keys stand. */
export interface Document<K extends DocumentKind = DocumentKind> {
  kind: K;
  name: string;
  labels: Record<string, string>;
  spec: SpecOf<K>;
  /** The place of a key (`['spec', 'pool', 0]`); of its nearest parent that stands in the text otherwise. */
  at(path: Path): Source;
}

/** Indexed by kind, so that a list of mixed kinds narrows by `.kind`. */
export type AnyDocument = { [K in DocumentKind]: Document<K> }[DocumentKind];

/** All that a desired directory declares; each map by name, in name order. */
export interface Fleet {
  /** The Fleet document, null when there is none. */
  settings: Document<'Fleet'> | null;
  networks: ReadonlyMap<string, Document<'Network'>>;
  hosts: ReadonlyMap<string, Document<'Host'>>;
  classes: ReadonlyMap<string, Document<'HostClass'>>;
  guests: ReadonlyMap<string, Document<'Guest'>>;
  placements: ReadonlyMap<string, Document<'Placement'>>;
  /** `Kind/name` of documents that had problems and are left out: a reference to one of them is no problem of its own. */
  broken: ReadonlySet<string>;
  /** Some text could not be read at all, so a reference to nothing may be to what stood there. */
  unreadable: boolean;
  /** Left out in what documents say alone: the guests that a host's runtime claims for it. */
  claims?: Claims;
}

/** Guests that are about to run on a host, whatever git says so far. */
export interface Claims {
  host: string;
  guests: ReadonlySet<string>;
}

/** A network entry of a host: its own or that of a class. */
export interface HostNetwork {
  name: string;
  /** undefined when no document declares the network (a problem that `check` reports). */
  network: Document<'Network'> | undefined;
  entry: Realisation;
  /** The Host or HostClass that the entry stands in. */
  document: Document<'Host'> | Document<'HostClass'>;
  /** The place of a key below the entry: `at(['pool', 0])`. */
  at(path: Path): Source;
}

/** A host with its classes merged in. */
export interface ResolvedHost {
  name: string;
  document: Document<'Host'>;
  guestDevices: GuestDevices | null;
  safety: Safety | null;
  /** Where its controller is asked: `ssh://…` or `unix:///…`. */
  controller: string | null;
  libvirt: Libvirt | null;
  devices: Readonly<Record<string, { match: DeviceMatch | null; maxGuests: number | null }>>;
  /** By network name, in name order. */
  networks: ReadonlyMap<string, HostNetwork>;
}

/** A guest's interface with everything derived that its document leaves out. */
export interface ResolvedInterface {
  guest: string;
  name: string;
  /** `<guest>/<name>`, as no other interface of the fleet has it. */
  key: string;
  network: string;
  /** The one it names, else the network's default; null when there is neither. */
  portGroup: PortGroup | null;
  mac: string;
  device: string;
  /** The whole name of a guest device whose link name is a shortened one. */
  altname: string | null;
  /** The one it states, in lower case; null for the derived one (model/identity.ts). */
  statedId: string | null;
  queues: number;
  /** The domain's, where the guest states it. */
  guestUuid: string | null;
  adopt: boolean;
  /** Its own on the network, in the form of RFC 5952. */
  addresses: readonly string[];
  publish: readonly PublishedPort[];
  /** The place of a key below the interface: `at(['portGroup'])`. */
  at(path: Path): Source;
}

/** A port of each host that the guest is on, behind which one of the guest's is reached. */
export interface PublishedPort {
  protocol: 'tcp' | 'udp';
  /** On the host. */
  port: number;
  /** On the guest. */
  to: number;
  /** Of the host's; null for each of them. */
  address: string | null;
}

/** A guest and where it is, by its own document or its Placement. */
export interface ResolvedGuest {
  name: string;
  document: Document<'Guest'>;
  host: string | null;
  migratingTo: string | null;
  /** Further hosts, on which it may be started without a commit; neither `host` nor `migratingTo`. */
  standby: readonly string[];
  /** The host that claims it, null for none: see `Fleet.claims`. */
  claimedOn: string | null;
  /** The document that places it, null for a guest that is placed nowhere. */
  placedBy: Document<'Guest'> | Document<'Placement'> | null;
  interfaces: ResolvedInterface[];
}
