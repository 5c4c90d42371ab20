import type { Realisation } from '../../desired/documents.ts';
import type { Document } from '../../desired/fleet.ts';
import { type ServeSettings, serveSettings } from '../../desired/serve-settings.ts';
import { type Family, familyOf, rangeBlock } from '../../model/ip.ts';
import type { Path, Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding } from '../problems.ts';
import { subnetsOf } from './subnets-of.ts';

/** What an entry says of the way out of its network fits how it forwards, and there is a gateway to forward by. */
export function forwarding({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [name, entry] of Object.entries(document.spec.networks ?? {})) {
      const settings = serveSettings(entry);
      if (settings === null) continue;
      const { base, written } = writtenIn(entry);
      for (const { key, ...finding } of [
        ...unused(settings.forward, written),
        ...ownBridge(entry, settings),
        ...natAddresses(settings),
        ...gatewayless(entry, settings, fleet.networks.get(name)),
      ]) {
        problems.push(errorAt(document, ['spec', 'networks', name, ...base, ...key], finding));
      }
    }
  }
  return problems;
}

type Told = Finding & { key: Path };

/** Where the keys stand: in a virtual entry itself, else below `serve`. */
function writtenIn(entry: Realisation): { base: Path; written: object } {
  if (entry.type === 'virtual') return { base: [], written: entry };
  return { base: ['serve'], written: typeof entry.serve === 'object' ? entry.serve : {} };
}

/** Keys that mean nothing for a way of forwarding. */
const UNUSED = {
  nat: [],
  route: ['nat'],
  isolated: ['nat', 'device'],
  open: ['nat', 'device', 'hostAccess'],
} as const satisfies Record<ServeSettings['forward'], readonly string[]>;

const WHY = {
  nat: '',
  route: 'routed traffic keeps its addresses',
  isolated: 'nothing leaves an isolated network',
  open: 'an open network has no rules at all',
} as const;

function unused(forward: ServeSettings['forward'], written: object): Told[] {
  return UNUSED[forward]
    .filter((key) => Object.hasOwn(written, key))
    .map((key) => ({
      key: [key],
      code: 'unused-setting',
      message: `${key} stands beside forward: ${forward}, but ${WHY[forward]}`,
      expected: key === 'nat' ? 'forward: nat beside it' : `no ${key}`,
    }));
}

function ownBridge(entry: Realisation, { device }: ServeSettings): Told[] {
  if (entry.type === 'direct' || device === null || device !== entry.bridge) return [];
  return [
    {
      key: ['device'],
      code: 'device-conflict',
      message: `${device} is the bridge of this network, and no way out of it`,
      found: device,
      expected: 'a link to the outside, or no device',
    },
  ];
}

function natAddresses({ forward, nat: { addresses, ipv6 } }: ServeSettings): Told[] {
  if (forward !== 'nat' || addresses === null) return [];
  const key = ['nat', 'addresses'];
  const found = addresses.first === addresses.last ? addresses.first : `${addresses.first}-${addresses.last}`;
  if (rangeBlock(addresses) === null) {
    const message = `the range ${found} goes from its first to its last address in no family`;
    return [
      { key, code: 'bad-range', message, found, expected: 'the lower address first, both of one family' },
    ];
  }
  if (familyOf(addresses.first) === 4 || ipv6) return [];
  const message = 'IPv6 is routed here, and takes no address for NAT';
  return [
    { key, code: 'unused-setting', message, found, expected: 'IPv4 addresses, or ipv6: true beside them' },
  ];
}

/** A lone bridge is fine; one that promises a way out needs an address to lead there. */
function gatewayless(
  { type }: Realisation,
  { forward, nat }: ServeSettings,
  network: Document<'Network'> | undefined,
): Told[] {
  if (network === undefined || forward === 'isolated' || forward === 'open') return [];
  // A bridge may have an address of the host's own; that `serve` is of no use without addressing is told there.
  if (type === 'bridge' || (type !== 'virtual' && network.spec.addressing === undefined)) return [];
  const { name } = network;
  const families = new Set<Family>(
    subnetsOf(network).flatMap(({ family, gateway }) => (gateway === null ? [] : family)),
  );
  const code = 'needs-gateway';
  if (forward === 'route') {
    if (families.size > 0) return [];
    const message = `network ${name} is routed here, but no subnet of it has a gateway`;
    return [
      {
        key: ['forward'],
        code,
        message,
        expected: `addressing with a gateway in network ${name}`,
        hint: LONE,
      },
    ];
  }
  if (nat.ipv6 && !families.has(6)) {
    const message = `network ${name} has NAT of IPv6 here, but no IPv6 subnet with a gateway`;
    return [
      { key: ['nat', 'ipv6'], code, message, expected: `an IPv6 subnet with a gateway in network ${name}` },
    ];
  }
  if (families.has(4) || nat.ipv6) return [];
  const message = `network ${name} has NAT here, but no IPv4 subnet with a gateway`;
  const expected = `an IPv4 subnet with a gateway in network ${name}, or nat: { ipv6: true }`;
  return [{ key: ['forward'], code, message, expected, hint: LONE }];
}

const LONE = 'for a bridge without addresses say forward: isolated';
