import type { Realisation } from '../desired/documents.ts';
import type { Draft, KnownNetwork, Origin } from './draft.ts';
import { knownNetwork, knownNetworks } from './draft.ts';
import type { InterfaceSource } from './libvirt-domain.ts';
import { Refused } from './notes.ts';
import { quoted } from './values.ts';

/**
 * The network that an interface is on. A bridge or device that no network of libvirt's is of becomes a network of its
 * own, named after it. Throws Refused for a network that nobody knows on this host.
 */
export function networkOfSource(
  draft: Draft,
  source: Extract<InterfaceSource, { is: 'network' | 'bridge' | 'direct' }>,
  isOpenvswitch: boolean,
  origin: Origin,
): KnownNetwork {
  if (source.is === 'network') {
    const found = knownNetwork(draft, draft.networkNames.of(source.network));
    if (found !== null) return found;
    const why = `the network ${quoted(source.network)} is not among what was read, so it cannot be told what it is on ${draft.host}: read its XML too`;
    throw new Refused(source.place, why);
  }
  const wanted: Realisation =
    source.is === 'bridge'
      ? { type: isOpenvswitch ? 'openvswitch' : 'bridge', bridge: source.bridge }
      : { type: 'direct', mode: source.mode, pool: [{ device: source.device }] };
  const same = knownNetworks(draft).find(({ entry }) => isSameLink(entry, wanted));
  if (same !== undefined) return same;
  const name = freeName(draft, source);
  draft.networks.set(name, {
    name,
    original: name,
    origin,
    spec: {},
    entry: wanted,
    groupNames: new Map(),
    reserved: [],
    libvirtMakesIt: false,
  });
  const made = knownNetwork(draft, name);
  if (made === null) throw new Error(`network ${name} was just made`);
  return made;
}

/** A bridge is one whoever makes it; of devices the whole pool counts. */
function isSameLink(entry: Realisation, wanted: Realisation): boolean {
  if (entry.type === 'direct' && wanted.type === 'direct') {
    const [only, second] = entry.pool;
    return entry.mode === wanted.mode && second === undefined && only?.device === wanted.pool[0]?.device;
  }
  if (entry.type === 'direct' || wanted.type === 'direct') return false;
  return entry.bridge === wanted.bridge;
}

/** One that this host has not: on other hosts the name may stand for another link. */
function freeName(draft: Draft, source: Extract<InterfaceSource, { is: 'bridge' | 'direct' }>): string {
  const link = source.is === 'bridge' ? source.bridge : source.device;
  const mode = source.is === 'bridge' ? 'bridge' : source.mode;
  // With blanks, which no name that libvirt has for a network takes from these.
  const names = [link, `${link} ${mode}`, `${link} ${mode} link`].map((one) => draft.networkNames.of(one));
  const free = names.find((name) => knownNetwork(draft, name) === null);
  return free ?? `${names[0]?.slice(0, 50)}-${draft.networks.size}`;
}
