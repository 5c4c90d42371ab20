import type { HostState, LinkState } from '../model/host.ts';
import type { Owner } from '../model/mark.ts';
import { linkMark, recordedAddressTexts, recordedUplinks, uplinkAltname } from '../model/mark.ts';
import type { Change } from '../model/plan.ts';
import type { Observed } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { MembershipSpec } from '../model/specs.ts';
import { compareAddressing } from './addressing/compare.ts';
import { moveSteps } from './addressing/lines.ts';
import { addressingOf, backOnNic } from './addressing/places.ts';
import { simulateMove } from './addressing/simulate.ts';
import type { DraftStep, KindModule, StepContext } from './kind.ts';
import { diffFields } from './kind.ts';
import { deviceClaim, isMembership, uplinkShare } from './link/observe.ts';

/**
 * A NIC's membership in a bridge of ours. It is recorded in an altname of the bridge, never on the NIC (invariant 2):
 * recorded first and enslaved then, released first and forgotten then, so that a kill in between leaves nothing that
 * nobody owns. Where the documents say so, the host's own addresses and routes go with the NIC and come back with it.
 */
export const membershipKind: KindModule<'membership'> = {
  kind: 'membership',
  cosmetic: ['recordedBy', 'addresses', 'routes'],

  observe(state) {
    const byName = new Map(state.links.map((link) => [link.name, link]));
    const recordedBy = new Map<string, LinkState[]>();
    for (const link of state.links) {
      if (link.altnames.length === 0 || linkMark(link).is !== 'ours') continue;
      const uplinks = recordedAddressTexts(link.altnames).map((record) => record.uplink);
      for (const uplink of new Set([...recordedUplinks(link.altnames), ...uplinks])) {
        recordedBy.set(uplink, [...(recordedBy.get(uplink) ?? []), link]);
      }
    }
    // An unmarked NIC in a bridge of ours is seen too: a stranger's port, or one that can be taken over.
    for (const link of state.links) {
      if (isMembership(link, byName) && !recordedBy.has(link.name)) recordedBy.set(link.name, []);
    }
    const observed: Observed<'membership'>[] = [];
    for (const [uplink, bridges] of recordedBy) {
      const nic = byName.get(uplink);
      if (nic === undefined) continue;
      observed.push(observeOne(nic, bridges, state));
    }
    return observed;
  },

  compare(before, after) {
    const fields = diffFields(before, after, ['bridge', 'recordedBy']);
    return after.addressing === null || after.bridge === null
      ? fields
      : [...fields, ...compareAddressing(before.addressing, after.addressing, after.bridge)];
  },

  effect: (fields, before) => ({
    action: 'update',
    // Back into the bridge where it belongs is a repair; out of another one cuts whoever is there.
    impact: fields.some((f) => f.field === 'bridge') && before.spec.bridge !== null ? 'rewire' : 'none',
  }),

  removal: (before) => (before.spec.bridge === null ? 'none' : 'interrupt'),
  claims: (name, { bridge }) => [deviceClaim(name, bridge === null ? null : uplinkShare(bridge))],
  without: () => null,
  // A record says that it is an uplink of ours; a stranger's port is just a port.
  describe: (name, { bridge, recordedBy }) =>
    `${recordedBy.length > 0 || bridge === null ? 'uplink' : 'port'} ${name}${bridge === null ? '' : ` of ${bridge}`}`,

  simulate(state, { before, after }) {
    const nic = state.links.find((link) => link.name === (after ?? before)?.name);
    if (nic === undefined) return;
    for (const bridge of state.links) {
      const altname = uplinkAltname(bridge.name, nic.name);
      const recorded = after?.spec.bridge === bridge.name;
      bridge.altnames = bridge.altnames.filter((name) => name !== altname);
      if (recorded) bridge.altnames.push(altname);
    }
    nic.master = after?.spec.bridge ?? null;
    nic.port = nic.master === null ? null : { isolated: false };
    const addressing = (after ?? before)?.spec.addressing ?? null;
    if (addressing !== null) simulateMove(state, addressing, nic.master);
  },

  steps(change, context) {
    const { before, after } = change;
    const unmake = before !== null && change.action !== 'update' ? release(before, context) : [];
    return { unmake, make: after === null ? [] : join(change, after.name, after.spec, context) };
  },
};

function observeOne(nic: LinkState, bridges: readonly LinkState[], state: HostState): Observed<'membership'> {
  const recording = bridges.filter((one) => recordedUplinks(one.altnames).includes(nic.name));
  const current = bridges.find((bridge) => bridge.name === nic.master);
  const strange = bridges.length === 0;
  const bridge = strange ? nic.master : (current?.name ?? null);
  const recorder = current ?? bridges[0];
  const owner = recorder === undefined ? null : ownerOf(recorder);
  const addressing = addressingOf(state, nic);
  // A bridge does not go before it has given the addresses back.
  const leansOn = new Set(
    [bridge ?? [], addressing?.addresses.flatMap((one) => one.recordedBy) ?? []].flat(),
  );
  return {
    kind: 'membership',
    id: idOf('membership', nic.name),
    name: nic.name,
    spec: { bridge, recordedBy: recording.map((one) => one.name).sort(), addressing },
    mark: owner === null ? { is: 'foreign' } : { is: 'ours', owner },
    handle: `if${nic.index}`,
    incarnation: `${nic.index}`,
    needs: [...leansOn].map((name) => ({ id: idOf('link', name), incarnation: true })),
    claims: bridge === null ? [] : [deviceClaim(nic.name, null)],
    strayGroup: null,
  };
}

function ownerOf(bridge: LinkState): Owner | null {
  const mark = linkMark(bridge);
  return mark.is === 'ours' ? mark.owner : null;
}

function release({ handle, name, spec }: Observed<'membership'>, context: StepContext): DraftStep[] {
  const switchOver = spec.bridge === null ? [] : [`link set dev ${handle} nomaster`];
  const forgetting = forget(name, spec.recordedBy, context);
  if (spec.addressing === null) {
    return [...lines('release', switchOver), ...lines('forget', forgetting)];
  }
  const { addressing } = spec;
  const ref = context.linkRef;
  return moveSteps(
    { addressing, bridge: null, ref, before: [], switchOver, afterwards: forgetting },
    'release',
  );
}

function join(
  { action, before }: Change<'membership'>,
  uplink: string,
  { bridge, addressing }: MembershipSpec,
  context: StepContext,
): DraftStep[] {
  if (bridge === null) return [];
  const updates = action === 'update';
  const recorded = updates ? (before?.spec.recordedBy ?? []) : [];
  const recording = recorded.includes(bridge)
    ? []
    : [`link property add dev ${context.linkRef(bridge)} altname ${uplinkAltname(bridge, uplink)}`];
  const switchOver =
    updates && before?.spec.bridge === bridge
      ? []
      : [`link set dev ${context.linkRef(uplink)} master ${context.linkRef(bridge)}`];
  const others = recorded.filter((name) => name !== bridge);
  const forgetting = forget(uplink, others, context);
  if (addressing === null) {
    return [...lines('record', recording), ...lines('enslave', switchOver), ...lines('forget', forgetting)];
  }
  const now = action === 'replace' ? backOnNic(addressing) : addressing;
  const ref = context.linkRef;
  return moveSteps(
    { addressing: now, bridge, ref, before: recording, switchOver, afterwards: forgetting },
    'move',
  );
}

function lines(word: string, all: string[]): DraftStep[] {
  return all.length === 0 ? [] : [{ word, tool: 'ip', lines: all }];
}

function forget(uplink: string, bridges: readonly string[], context: StepContext): string[] {
  return bridges.map(
    (bridge) => `link property del dev ${context.linkRef(bridge)} altname ${uplinkAltname(bridge, uplink)}`,
  );
}
