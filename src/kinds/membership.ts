import type { LinkState } from '../model/host.ts';
import type { Owner } from '../model/mark.ts';
import { linkMark, recordedUplinks, uplinkAltname } from '../model/mark.ts';
import type { Change } from '../model/plan.ts';
import type { Observed } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { DraftStep, KindModule, StepContext } from './kind.ts';
import { diffFields } from './kind.ts';
import { deviceClaim, isMembership, uplinkShare } from './link/observe.ts';

/**
 * A NIC's membership in a bridge of ours. It is recorded in an altname of the bridge, never on the NIC (invariant 2):
 * recorded first and enslaved then, released first and forgotten then, so that a kill in between leaves nothing that
 * nobody owns.
 */
export const membershipKind: KindModule<'membership'> = {
  kind: 'membership',
  cosmetic: ['recordedBy'],

  observe(state) {
    const byName = new Map(state.links.map((link) => [link.name, link]));
    const recordedBy = new Map<string, LinkState[]>();
    for (const link of state.links) {
      if (linkMark(link).is !== 'ours') continue;
      for (const uplink of recordedUplinks(link.altnames)) {
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
      observed.push(observeOne(nic, bridges));
    }
    return observed;
  },

  compare: (before, after) => diffFields(before, after, ['bridge', 'recordedBy']),

  effect: (fields, before) => ({
    action: 'update',
    // Back into the bridge where it belongs is a repair; out of another one cuts whoever is there.
    impact: fields.some((f) => f.field === 'bridge') && before.spec.bridge !== null ? 'rewire' : 'none',
  }),

  removal: (before) => (before.spec.bridge === null ? 'none' : 'interrupt'),
  claims: (name, { bridge }) => [deviceClaim(name, bridge === null ? null : uplinkShare(bridge))],
  without: () => null,
  describe: (name, spec) => (spec.bridge === null ? `uplink ${name}` : `uplink ${name} of ${spec.bridge}`),

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
  },

  steps(change, context) {
    const { before, after } = change;
    const unmake = before !== null && change.action !== 'update' ? release(before, context) : [];
    return { unmake, make: after === null ? [] : join(change, after.name, after.spec.bridge, context) };
  },
};

function observeOne(nic: LinkState, bridges: readonly LinkState[]): Observed<'membership'> {
  const current = bridges.find((bridge) => bridge.name === nic.master);
  const strange = bridges.length === 0;
  const bridge = strange ? nic.master : (current?.name ?? null);
  const recorder = current ?? bridges[0];
  const owner = recorder === undefined ? null : ownerOf(recorder);
  return {
    kind: 'membership',
    id: idOf('membership', nic.name),
    name: nic.name,
    spec: { bridge, recordedBy: bridges.map((b) => b.name).sort() },
    mark: owner === null ? { is: 'foreign' } : { is: 'ours', owner },
    handle: `if${nic.index}`,
    incarnation: `${nic.index}`,
    needs: bridge === null ? [] : [{ id: idOf('link', bridge), incarnation: true }],
    claims: bridge === null ? [] : [deviceClaim(nic.name, uplinkShare(bridge))],
    strayGroup: null,
  };
}

function ownerOf(bridge: LinkState): Owner | null {
  const mark = linkMark(bridge);
  return mark.is === 'ours' ? mark.owner : null;
}

function release(before: Observed<'membership'>, context: StepContext): DraftStep[] {
  const steps: DraftStep[] = [];
  if (before.spec.bridge !== null) {
    steps.push({ word: 'release', tool: 'ip', lines: [`link set dev ${before.handle} nomaster`] });
  }
  return [...steps, ...forget(before.name, before.spec.recordedBy, context)];
}

function join(
  change: Change<'membership'>,
  uplink: string,
  bridge: string | null,
  context: StepContext,
): DraftStep[] {
  if (bridge === null) return [];
  const recorded = change.action === 'update' ? (change.before?.spec.recordedBy ?? []) : [];
  const steps: DraftStep[] = [];
  if (!recorded.includes(bridge)) {
    const altname = uplinkAltname(bridge, uplink);
    steps.push({
      word: 'record',
      tool: 'ip',
      lines: [`link property add dev ${context.linkRef(bridge)} altname ${altname}`],
    });
  }
  if (change.action !== 'update' || change.before?.spec.bridge !== bridge) {
    steps.push({
      word: 'enslave',
      tool: 'ip',
      lines: [`link set dev ${context.linkRef(uplink)} master ${context.linkRef(bridge)}`],
    });
  }
  return [
    ...steps,
    ...forget(
      uplink,
      recorded.filter((name) => name !== bridge),
      context,
    ),
  ];
}

function forget(uplink: string, bridges: readonly string[], context: StepContext): DraftStep[] {
  if (bridges.length === 0) return [];
  const lines = bridges.map(
    (bridge) => `link property del dev ${context.linkRef(bridge)} altname ${uplinkAltname(bridge, uplink)}`,
  );
  return [{ word: 'forget', tool: 'ip', lines }];
}
