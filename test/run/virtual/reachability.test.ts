import { expect, it } from 'vitest';
import { describeNeeding } from '../../support/requires.ts';
import type { Speaker } from '../../tools/nft/speaker.ts';
import type { FleetParts } from '../fleet-files.ts';
import { servingHost } from '../serving-host.ts';
import { answering, listenOn80, plugGuest } from './plugged-guest.ts';

const NETWORKS = ['nat1', 'nat2', 'route1', 'route2', 'vault', 'open'] as const;
type Network = (typeof NETWORKS)[number];
type Place = Network | 'outside' | 'the host';
type Seen = 'itself' | 'the host' | 'nobody';

const FORWARD = {
  nat1: 'nat',
  nat2: 'nat',
  route1: 'route',
  route2: 'route',
  vault: 'isolated',
  open: 'open',
} as const;

/** As whom one who asks is seen by whom he asks, in each cell. */
const TABLE: Record<Place, Partial<Record<Place, Seen>>> = {
  nat1: {
    nat1: 'itself',
    nat2: 'nobody',
    route1: 'the host',
    vault: 'nobody',
    open: 'the host',
    outside: 'the host',
  },
  nat2: { nat1: 'nobody', outside: 'the host' },
  route1: {
    nat1: 'nobody',
    route1: 'itself',
    route2: 'itself',
    vault: 'nobody',
    open: 'itself',
    outside: 'itself',
  },
  route2: { route1: 'itself', outside: 'itself' },
  vault: { nat1: 'nobody', route1: 'nobody', vault: 'itself', open: 'nobody', outside: 'nobody' },
  open: { nat1: 'nobody', route1: 'itself', vault: 'nobody', open: 'itself', outside: 'itself' },
  outside: { nat1: 'nobody', route1: 'itself', vault: 'nobody', open: 'itself' },
  'the host': { nat1: 'the host', route1: 'the host', vault: 'the host', open: 'the host' },
};

const numberOf = (network: Network) => NETWORKS.indexOf(network) + 1;
const subnetOf = (n: number) => ({ 4: `10.${n}.0`, 6: `fd00:${n}:` }) as const;
const addressesOf = (network: Network, guest: number) => {
  const subnet = subnetOf(numberOf(network));
  return { 4: `${subnet[4]}.1${guest}`, 6: `${subnet[6]}:1${guest}` } as const;
};

const FLEET: FleetParts = {
  networks: Object.fromEntries(
    NETWORKS.map((name) => {
      const subnet = subnetOf(numberOf(name));
      const addressing = [
        { subnet: `${subnet[4]}.0/24`, gateway: `${subnet[4]}.1`, dhcp: {} },
        { subnet: `${subnet[6]}:/64`, gateway: `${subnet[6]}:1` },
      ];
      return [name, { addressing }];
    }),
  ),
  host: {
    networks: Object.fromEntries(
      NETWORKS.map((name) => {
        const nat = FORWARD[name] === 'nat' ? { nat: { ipv6: true } } : {};
        return [name, { type: 'virtual', bridge: `virbr-${name}`, forward: FORWARD[name], ...nat }];
      }),
    ),
  },
};

describeNeeding(['root', 'nft', 'dnsmasq'], 'networks that apply has made', () => {
  it('reach one another as the documents have it, in both families and protocols', {
    timeout: 180_000,
  }, async () => {
    const host = await servingHost();
    host.want(FLEET);
    await host.converge();
    // It knows the way to every network, so that rules alone keep it out.
    host.outside.ip('route add 10.0.0.0/8 via 192.0.2.7\nroute add fd00::/16 via 2001:db8::7\n');

    const speakers = new Map<Place, Speaker>([
      ['outside', await answering(host.outside)],
      ['the host', await answering(host.ns)],
    ]);
    const others: Speaker[] = [];
    for (const name of NETWORKS) {
      const subnet = subnetOf(numberOf(name));
      const [first, second] = [1, 2].map((guest) => {
        const own = addressesOf(name, guest);
        return plugGuest(
          host,
          `virbr-${name}`,
          `52:54:00:00:0${numberOf(name)}:0${guest}`,
          `addr add ${own[4]}/24 dev eth0`,
          `addr add ${own[6]}/64 dev eth0 nodad`,
          `route replace default via ${subnet[4]}.1`,
          `route replace default via ${subnet[6]}:1`,
        );
      });
      if (first === undefined || second === undefined) throw new Error('two guests each');
      speakers.set(name, first);
      others.push(first, second);
    }
    await listenOn80(...others);

    const wrong: string[] = [];
    const cells = Object.entries(TABLE).flatMap(([from, row]) =>
      Object.entries(row).map(([to, seen]) => ({ from: from as Place, to: to as Place, seen })),
    );
    await Promise.all(
      cells.flatMap(({ from, to, seen }) =>
        ([4, 6] as const).flatMap((version) =>
          (['tcp', 'udp'] as const).map(async (protocol) => {
            const address = addressAt(to, version);
            const answer = await speakers.get(from)?.ask({ protocol, address, port: 80 });
            const got = answer === undefined || 'error' in answer ? 'nobody' : answer.address;
            const wanted =
              seen === 'nobody'
                ? 'nobody'
                : seen === 'itself'
                  ? ownAddress(from, version)
                  : hostSide(to, version);
            if (got !== wanted)
              wrong.push(`${from} to ${to} by ${protocol}, IPv${version}: ${got}, not ${wanted}`);
          }),
        ),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

const OUTSIDE = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;
const HOST = { 4: '192.0.2.7', 6: '2001:db8::7' } as const;

/** Whom one asks in a place: of a network the second guest, so that its own network is a cell as well. */
function addressAt(place: Place, version: 4 | 6): string {
  if (place === 'outside') return OUTSIDE[version];
  if (place === 'the host') return HOST[version];
  return addressesOf(place, 2)[version];
}

function ownAddress(place: Place, version: 4 | 6): string {
  if (place === 'outside' || place === 'the host') return addressAt(place, version);
  return addressesOf(place, 1)[version];
}

/** The host's address on the way to a place. */
function hostSide(place: Place, version: 4 | 6): string {
  if (place === 'outside' || place === 'the host') return HOST[version];
  const subnet = subnetOf(numberOf(place));
  return version === 4 ? `${subnet[4]}.1` : `${subnet[6]}:1`;
}
