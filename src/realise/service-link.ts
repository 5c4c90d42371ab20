import type { PortGroup, RealisationType } from '../desired/documents.ts';
import { portGroupOf } from '../desired/resolve.ts';
import type { Serving } from '../desired/serving.ts';
import type { LinkState } from '../model/host.ts';
import { networkOwner } from '../model/mark.ts';
import type { AnyWanted, Expect, Wanted } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { InternalSpec, MacvlanSpec } from '../model/specs.ts';
import { findDevice } from './devices.ts';
import { KERNEL_MODES } from './modes.ts';
import { hostPort } from './openvswitch.ts';
import type { RealiseInput } from './realisation.ts';

/** Where the host itself stands in a network that it serves. */
export type ServiceLink =
  | {
      /** Plumbline makes it, and its settings with it. */
      ours: boolean;
      /** What is made for serving; a bridge is wanted for its guests already. */
      wanted: AnyWanted[];
      /** What must be there for anything on it, where it is not ours. */
      expects: Expect[];
    }
  /** There is no place for it, which is told elsewhere: what stands is left as it is. */
  | 'none';

export function serviceLink(input: RealiseInput<RealisationType>, serving: Serving): ServiceLink {
  const { entry } = input;
  switch (entry.type) {
    case 'virtual':
      return { ours: true, wanted: [], expects: [] };
    case 'bridge':
      return onBridge({ ...input, entry });
    case 'direct':
      return onPool({ ...input, entry }, serving);
    case 'openvswitch':
      return onOpenvswitch({ ...input, entry }, serving);
  }
}

function onBridge({ network, entry }: RealiseInput<'bridge'>): ServiceLink {
  if (entry.manage === true) return { ours: true, wanted: [], expects: [] };
  const expect: Expect = {
    id: idOf('link', entry.bridge),
    that: 'exists',
    type: 'bridge',
    source: network.at(['bridge']),
  };
  return { ours: false, wanted: [], expects: [expect] };
}

/** A macvlan beside the macvtaps of the guests: by it they and the host can talk, which they cannot by the device itself. */
function onPool(input: RealiseInput<'direct'>, serving: Serving): ServiceLink {
  const { network, entry } = input;
  const mode = KERNEL_MODES[entry.mode];
  const parent = poolDevice(input, serving.link);
  // check refuses passthrough.
  if (parent === null || mode === 'passthru' || serving.mac === null) return 'none';
  const id = idOf('link', parent.name);
  const source = network.at(['pool']);
  const expects: Expect[] = [{ id, that: 'exists', source }];
  if (serving.mtu !== null) expects.push({ id, that: 'mtuAtLeast', mtu: serving.mtu, source });
  const spec: MacvlanSpec = {
    kind: 'macvlan',
    up: true,
    mtu: serving.mtu,
    mac: serving.mac,
    parent: parent.name,
    mode,
  };
  const link = { ...made(serving, spec), needs: [{ id, incarnation: true }], expects };
  return { ours: true, wanted: [link], expects: [] };
}

/** Where it stands already, as long as that is in the pool (invariant 5); else the first with a carrier, else the first. */
function poolDevice({ host, entry, facts }: RealiseInput<'direct'>, name: string): LinkState | null {
  const devices = entry.pool.flatMap(({ device }) => {
    const found = findDevice(device, host, facts.links);
    return 'link' in found ? [found.link] : [];
  });
  const standing = facts.links.get(name);
  const here = standing?.macvlan ? devices.find((device) => device.name === standing.parent) : undefined;
  return here ?? devices.find(({ carrier }) => carrier) ?? devices[0] ?? null;
}

/** An internal port, with the VLAN that guests of the port group have. */
function onOpenvswitch(input: RealiseInput<'openvswitch'>, serving: Serving): ServiceLink {
  if (input.facts.state.ovs === null || serving.mac === null) return 'none';
  const spec: InternalSpec = { kind: 'internal', up: true, mtu: serving.mtu, mac: serving.mac };
  const needs = [{ id: idOf('ovs-port', serving.link), incarnation: true }];
  const link = { ...made(serving, spec), needs, expects: [] };
  return {
    ours: true,
    wanted: [hostPort(input, serving.link, servedPortGroup(input), serving.at(['serve'])), link],
    expects: [],
  };
}

/** That which is named, else the one that guests have who name none. */
function servedPortGroup({ network, entry }: RealiseInput<'openvswitch'>): PortGroup | null {
  const name = typeof entry.serve === 'object' ? entry.serve.portGroup : undefined;
  return portGroupOf(network.network, name);
}

function made(serving: Serving, spec: InternalSpec | MacvlanSpec): Omit<Wanted<'link'>, 'needs' | 'expects'> {
  return {
    kind: 'link',
    id: idOf('link', serving.link),
    name: serving.link,
    spec,
    owner: networkOwner(serving.network),
    source: serving.at(['serve']),
    guests: [],
    network: serving.network,
    adopt: false,
  };
}

/** The links by which the host is on this segment beside `serving.link`: its addresses there are no strangers'. */
export function sameSegment({ host, entry, facts }: RealiseInput<RealisationType>): string[] {
  if (entry.type !== 'bridge' || entry.moveAddresses !== true) return [];
  return (entry.uplinks ?? []).flatMap((device) => {
    const found = findDevice(device, host, facts.links);
    return 'link' in found ? [found.link.name] : [];
  });
}
