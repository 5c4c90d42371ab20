import type { SpecOf } from '../../src/desired/documents.ts';

/** What a desired directory says; everything is on the host `a`, but for guests that say otherwise. */
export interface FleetParts {
  fleet?: SpecOf<'Fleet'>;
  /** Networks that the host realises and that are left out here are declared empty. */
  networks?: Record<string, SpecOf<'Network'>>;
  host: SpecOf<'Host'>;
  /** Other hosts. */
  hosts?: Record<string, SpecOf<'Host'>>;
  guests?: Record<string, SpecOf<'Guest'>>;
}

type Interface = SpecOf<'Guest'>['interfaces'][number];

/** A guest on the host `a` with one interface, `eth0`. */
export function guest(
  network: string,
  iface: Partial<Interface> = {},
  rest: Partial<SpecOf<'Guest'>> = {},
): SpecOf<'Guest'> {
  return { host: 'a', ...rest, interfaces: [{ name: 'eth0', network, ...iface }] };
}

/** `count` guests `<prefix>0`, `<prefix>1` … in one network. */
export function guests(prefix: string, count: number, network: string): Record<string, SpecOf<'Guest'>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, guest(network)]));
}

/** A Linux bridge that Plumbline makes. */
export function managedBridge(bridge: string, uplinks: string[] = []) {
  return { type: 'bridge' as const, bridge, manage: true, uplinks };
}

/** A bridge of Open vSwitch that Plumbline makes, in a private switch. */
export function managedSwitch(bridge: string, uplinks: string[] = []) {
  return { type: 'openvswitch' as const, bridge, manage: true, datapath: 'netdev' as const, uplinks };
}

/** One document a file. JSON is YAML, and no name or value is ever read as anything else. */
export function fleetFiles(parts: FleetParts): Record<string, string> {
  const files: Record<string, string> = {};
  const add = (kind: string, name: string, spec: object) => {
    const document = { apiVersion: 'plumbline/v1', kind, metadata: { name }, spec };
    files[`${kind.toLowerCase()}s/${name}.yaml`] = `${JSON.stringify(document, null, 2)}\n`;
  };
  if (parts.fleet) add('Fleet', 'test', parts.fleet);
  const networks = { ...parts.networks };
  for (const name of Object.keys(parts.host.networks ?? {})) networks[name] ??= {};
  for (const [name, spec] of Object.entries(networks)) add('Network', name, spec);
  add('Host', 'a', parts.host);
  for (const [name, spec] of Object.entries(parts.hosts ?? {})) add('Host', name, spec);
  for (const [name, spec] of Object.entries(parts.guests ?? {})) add('Guest', name, spec);
  return files;
}
