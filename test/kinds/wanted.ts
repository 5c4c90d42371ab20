import { linkOwner, networkOwner } from '../../src/model/mark.ts';
import type { AnyWanted, Need, Wanted } from '../../src/model/resource.ts';
import { idOf } from '../../src/model/resource.ts';
import type { BridgeSpec, LinkSpec, OvsPortSpec, Specs } from '../../src/model/specs.ts';

/** Wanted resources of a network `lab`, as realising makes them, each with what it needs. */

export function bridge(name: string, rest: Partial<BridgeSpec> = {}): Wanted<'link'> {
  return link(name, {
    kind: 'bridge',
    up: true,
    mtu: null,
    mac: '5a:00:00:00:aa:01',
    stp: false,
    forwardDelay: 0,
    ageingTime: null,
    multicastSnooping: null,
    linkLocal: false,
    ...rest,
  });
}

export function link(name: string, spec: LinkSpec, needs: Need[] = []): Wanted<'link'> {
  return { ...base('link', name, spec), owner: networkOwner('lab'), needs };
}

export function address(on: string, text: string): Wanted<'address'> {
  const [local = '', prefix = ''] = text.split('/');
  const spec = { link: on, address: local, prefix: Number(prefix) };
  return { ...base('address', `${on}/${text}`, spec), owner: linkOwner(on), needs: [onLink(on)] };
}

export function route(
  on: string,
  destination: string,
  gateway: string,
  through: Wanted<'address'>,
  metric: number | null = null,
): Wanted<'route'> {
  const spec = { destination, gateway, link: on, metric };
  const needs = [onLink(on), { id: through.id, incarnation: true }];
  return { ...base('route', `${destination}@${on}`, spec), owner: linkOwner(on), needs };
}

export function sysctl(path: string, value: string, needs: Need[] = []): Wanted<'sysctl'> {
  return { ...base('sysctl', path, { value }), needs };
}

export function internalPort(name: string, on: string, rest: Partial<OvsPortSpec> = {}): Wanted<'ovs-port'> {
  const spec: OvsPortSpec = {
    bridge: on,
    internal: true,
    vlanMode: null,
    tag: null,
    trunks: [],
    protected: false,
    externalIds: {},
    bound: true,
    ...rest,
  };
  const needs = [{ id: idOf('ovs-bridge', on), incarnation: true }];
  return { ...base('ovs-port', name, spec), owner: networkOwner('lab'), needs };
}

export function onLink(name: string): Need {
  return { id: idOf('link', name), incarnation: true };
}

function base<K extends AnyWanted['kind']>(kind: K, name: string, spec: Specs[K]): Wanted<K> {
  return {
    kind,
    id: idOf(kind, name),
    name,
    spec,
    owner: 'Host',
    source: { file: 'hosts/h.yaml', line: 1, column: 1 },
    guests: [],
    network: 'lab',
    needs: [],
    expects: [],
    adopt: false,
  };
}
