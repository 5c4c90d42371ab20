import type { Realisation, RealisationOf } from '../../desired/documents.ts';
import type { Document, HostNetwork, ResolvedHost } from '../../desired/fleet.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding, placeText, unknownAmong } from '../problems.ts';

/** What says `serve` has addresses to serve, and a place to do it from. */
export function serving(context: CheckContext): Problem[] {
  const { fleet, hosts } = context;
  const problems: Problem[] = [];
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [name, entry] of Object.entries(document.spec.networks ?? {})) {
      if (entry.type === 'virtual' || (entry.serve ?? false) === false) continue;
      const network = fleet.networks.get(name);
      for (const { key, severity = 'error', ...finding } of [
        ...addressless(name, network),
        ...unfitMode(entry),
        ...portGroup(entry, network),
      ]) {
        const path = ['spec', 'networks', name, ...key];
        problems.push({ ...errorAt(document, path, finding), severity });
      }
    }
  }
  return [...problems, ...[...hosts.values()].flatMap(servedTwice)];
}

type Told = Finding & { key: string[]; severity?: 'warning' };

function addressless(name: string, network: Document<'Network'> | undefined): Told[] {
  if (network === undefined || network.spec.addressing !== undefined) return [];
  const message = `network ${name} is served here, but has no addresses`;
  const expected = `addressing in network ${name}, or no serve`;
  return [{ key: ['serve'], code: 'serve-without-addressing', message, expected }];
}

/** The host's place in a pool is a macvlan beside the guests' macvtaps, and macvlans of these modes keep apart. */
function unfitMode(entry: Realisation): Told[] {
  if (entry.type !== 'direct') return [];
  const expected = 'mode: bridge';
  const found = entry.mode;
  const key = ['mode'];
  switch (entry.mode) {
    case 'bridge':
      return [];
    case 'vepa': {
      const message = 'in vepa mode the host reaches its own guests only if the switch sends frames back';
      const hint = 'set the switch port to reflective relay (hairpin), or take mode: bridge';
      return [{ key, severity: 'warning', code: 'serve-needs-hairpin', message, found, expected, hint }];
    }
    case 'private': {
      const message = 'in private mode a host cannot reach its own guests, so it cannot serve them';
      return [{ key, code: 'serve-not-supported', message, found, expected }];
    }
    case 'passthrough': {
      const message = "in passthrough mode a device is one guest's alone, so the host cannot serve it";
      return [{ key, code: 'serve-not-supported', message, found, expected }];
    }
  }
}

/** The port group by whose VLAN the host serves: that which is named, else the network's default. */
function portGroup(entry: Realisation, network: Document<'Network'> | undefined): Told[] {
  if (entry.type !== 'openvswitch' || network === undefined) return [];
  const name = portGroupName(entry);
  const groups = network.spec.portGroups ?? [];
  const group = groups.find((one) => (name === undefined ? one.default === true : one.name === name));
  const key = name === undefined ? ['serve'] : ['serve', 'portGroup'];
  if (group === undefined) {
    if (name === undefined) return [];
    const known = groups.map((one) => one.name);
    const message = `network ${network.name} has no port group ${name}`;
    return [{ key, ...unknownAmong('port group', name, known), message }];
  }
  if (group.vlan === undefined || 'tag' in group.vlan) return [];
  return [
    {
      key,
      code: 'serve-not-supported',
      message: `the port group ${group.name} is a trunk, and a gateway is in one VLAN`,
      found: group.name,
      expected: 'portGroup: one with a VLAN tag, or with none',
    },
  ];
}

function portGroupName({ serve }: RealisationOf<'openvswitch'>): string | undefined {
  return typeof serve === 'object' ? serve.portGroup : undefined;
}

/** On a bridge that two networks share, there is no telling whose guest asks. */
function servedTwice(host: ResolvedHost): Problem[] {
  const first = new Map<string, HostNetwork>();
  return [...host.networks.values()].flatMap((network) => {
    const { name, entry, document } = network;
    if (entry.type !== 'bridge' || (entry.serve ?? false) === false) return [];
    const other = first.get(entry.bridge);
    if (other === undefined) {
      first.set(entry.bridge, network);
      return [];
    }
    const message = `on ${host.name} the networks ${other.name} and ${name} are both served on the bridge ${entry.bridge}`;
    const hint = `the other is at ${placeText(other.at(['serve']))}`;
    return [
      errorAt(
        document,
        ['spec', 'networks', name, 'serve'],
        { code: 'bridge-served-twice', message, expected: 'one network with serve on a bridge', hint },
        [host.document],
      ),
    ];
  });
}
