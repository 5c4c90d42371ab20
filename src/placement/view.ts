import { type Attachment, type CheckContext, checkContext } from '../check/context.ts';
import { namedLinks } from '../check/device-names-free.ts';
import type { Fleet, ResolvedGuest, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { isIsland, serveSettings } from '../desired/serve-settings.ts';
import { dnsName } from '../desired/served-guests.ts';
import type { Problem } from '../model/problem.ts';
import { guestErrors, hostErrors } from './errors.ts';
import { HostRoom } from './room.ts';

/** An interface with an address of its own. */
export interface AddressHolder {
  guest: ResolvedGuest;
  iface: ResolvedInterface;
}

/**
 * A fleet with everything resolved once, for any number of questions about who can be where. What only some questions
 * need is worked out when it is first asked for.
 */
export class PlacementView {
  readonly context: CheckContext;
  /** What check says of the fleet. */
  readonly problems: readonly Problem[];
  readonly #guests = new Map<string, ResolvedGuest>();
  readonly #rooms = new Map<string, HostRoom>();
  readonly #links = new Map<string, ReadonlyMap<string, string>>();
  readonly #servers = new Map<string, readonly ResolvedHost[]>();
  readonly #guestErrors = new Map<string, readonly Problem[]>();
  #errors: ReadonlyMap<string, readonly Problem[]> | null = null;
  #holders: Holders | null = null;

  constructor(fleet: Fleet, problems: readonly Problem[]) {
    this.context = checkContext(fleet);
    this.problems = problems;
    for (const guest of this.context.guests) this.#guests.set(guest.name, guest);
  }

  get fleet(): Fleet {
    return this.context.fleet;
  }

  get hosts(): ReadonlyMap<string, ResolvedHost> {
    return this.context.hosts;
  }

  guest(name: string): ResolvedGuest | undefined {
    return this.#guests.get(name);
  }

  /** Who is on a host, on the way to it or standing by there. */
  on(host: string): readonly Attachment[] {
    return this.context.attachments.get(host) ?? [];
  }

  /** The room of a host as the fleet is; not to be changed. */
  room(host: ResolvedHost): HostRoom {
    return known(this.#rooms, host.name, () => this.newRoom(host));
  }

  /** The same for whoever places guests there on trial. */
  newRoom(host: ResolvedHost): HostRoom {
    return new HostRoom(host, this.on(host.name));
  }

  /** Names that links have on a host, with what they are. */
  links(host: ResolvedHost): ReadonlyMap<string, string> {
    return known(this.#links, host.name, () => namedLinks(host));
  }

  /** Hosts that serve the segment of a network, which no island is on. */
  servers(network: string): readonly ResolvedHost[] {
    return known(this.#servers, network, () =>
      [...this.hosts.values()].filter((host) => {
        const entry = host.networks.get(network)?.entry;
        return entry !== undefined && !isIsland(entry) && serveSettings(entry) !== null;
      }),
    );
  }

  /** Errors for which a host does not take up a revision. */
  errors(host: string): readonly Problem[] {
    this.#errors ??= hostErrors(this.context, this.problems);
    return this.#errors.get(host) ?? [];
  }

  /** Errors of a guest that go with it, wherever it is. */
  guestErrors(guest: string): readonly Problem[] {
    return known(this.#guestErrors, guest, () => guestErrors(this.problems, guest));
  }

  /** Who states an address on a network, wherever the guests are. */
  holders(network: string, address: string): readonly AddressHolder[] {
    this.#holders ??= addressHolders(this.context.guests);
    return this.#holders.byAddress.get(`${network} ${address}`) ?? [];
  }

  /** Who has a name in the DNS of a network, of those that have addresses of their own. */
  named(network: string, name: string): readonly AddressHolder[] {
    this.#holders ??= addressHolders(this.context.guests);
    return this.#holders.byName.get(`${network} ${name}`) ?? [];
  }
}

interface Holders {
  byAddress: ReadonlyMap<string, readonly AddressHolder[]>;
  byName: ReadonlyMap<string, readonly AddressHolder[]>;
}

function addressHolders(guests: readonly ResolvedGuest[]): Holders {
  const byAddress = new Map<string, AddressHolder[]>();
  const byName = new Map<string, AddressHolder[]>();
  for (const guest of guests) {
    for (const [index, iface] of guest.interfaces.entries()) {
      if (iface.addresses.length === 0) continue;
      const holder = { guest, iface };
      add(byName, `${iface.network} ${dnsNameOf(guest, iface, index)}`, holder);
      for (const address of iface.addresses) add(byAddress, `${iface.network} ${address}`, holder);
    }
  }
  return { byAddress, byName };
}

function add<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const there = lists.get(key);
  if (there === undefined) lists.set(key, [one]);
  else there.push(one);
}

function known<T>(map: Map<string, T>, key: string, make: () => T): T {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = make();
  map.set(key, made);
  return made;
}

/** Hosts of which there is nothing but a document with errors. */
export function unreadHosts({ fleet, hosts }: PlacementView): string[] {
  return [...fleet.broken].flatMap((document) => {
    const name = document.startsWith('Host/') ? document.slice('Host/'.length) : null;
    return name === null || hosts.has(name) ? [] : [name];
  });
}

/** The name of an interface in its network's DNS. */
export function dnsNameOf(guest: ResolvedGuest, iface: ResolvedInterface, index: number): string {
  const isFirst = guest.interfaces.findIndex(({ network }) => network === iface.network) === index;
  return dnsName(guest.name, iface.name, isFirst);
}
