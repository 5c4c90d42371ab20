import { byName } from '../model/by-name.ts';
import type { HostState, LinkState } from '../model/host.ts';
import type { Owner } from '../model/mark.ts';
import {
  linkMark,
  passingUplinkAltname,
  recordedAddressTexts,
  recordedUplinks,
  uplinkAltname,
} from '../model/mark.ts';
import type { Change } from '../model/plan.ts';
import type { Observed } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { MembershipSpec, UplinkRecord } from '../model/specs.ts';
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
    const named = byName(state.links);
    const recordedBy = new Map<string, LinkState[]>();
    for (const link of state.links) {
      if (link.altnames.length === 0 || linkMark(link).is !== 'ours') continue;
      const records = [...recordedUplinks(link.altnames), ...recordedAddressTexts(link.altnames)];
      for (const uplink of new Set(records.map((record) => record.uplink))) {
        recordedBy.set(uplink, [...(recordedBy.get(uplink) ?? []), link]);
      }
    }
    // An unmarked NIC in a bridge of ours is seen too: a stranger's port, or one that can be taken over.
    for (const link of state.links) {
      if (isMembership(link, named) && !recordedBy.has(link.name)) recordedBy.set(link.name, []);
    }
    const observed: Observed<'membership'>[] = [];
    for (const [uplink, bridges] of recordedBy) {
      const nic = named.get(uplink);
      if (nic === undefined) continue;
      observed.push(observeOne(nic, bridges, state));
    }
    return observed;
  },

  compare(before, after) {
    const fields = diffFields(before, after, ['bridge', 'recordedBy']);
    const misnamed = before.misnamed?.map(({ bridge, altname }) => `${bridge} (${altname})`);
    if (misnamed !== undefined && !fields.some(({ field }) => field === 'recordedBy'))
      fields.push({
        field: 'recordedBy',
        before: [...before.recordedBy, ...misnamed],
        after: after.recordedBy,
      });
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
  describe: (name, { bridge, recordedBy, misnamed }) =>
    `${recordedBy.length > 0 || misnamed !== undefined || bridge === null ? 'uplink' : 'port'} ${name}${bridge === null ? '' : ` of ${bridge}`}`,

  simulate(state, { before, after }) {
    const nic = state.links.find((link) => link.name === (after ?? before)?.name);
    if (nic === undefined) return;
    for (const bridge of state.links) {
      const altname = uplinkAltname(bridge.name, nic.name);
      const recorded = after?.spec.bridge === bridge.name;
      const records = new Set(recordsOf(bridge, nic.name).map((record) => record.altname));
      bridge.altnames = bridge.altnames.filter((name) => !records.has(name));
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

/** The altnames of a bridge that record this uplink. */
function recordsOf({ name, altnames }: LinkState, nic: string): UplinkRecord[] {
  return recordedUplinks(altnames)
    .filter(({ uplink }) => uplink === nic)
    .map(({ altname }) => ({ bridge: name, altname }));
}

function observeOne(nic: LinkState, bridges: readonly LinkState[], state: HostState): Observed<'membership'> {
  const records = bridges.flatMap((one) => recordsOf(one, nic.name));
  const isRight = ({ bridge, altname }: UplinkRecord) => altname === uplinkAltname(bridge, nic.name);
  const misnamed = records.filter((record) => !isRight(record));
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
    spec: {
      bridge,
      recordedBy: records
        .filter(isRight)
        .map((record) => record.bridge)
        .sort(),
      ...(misnamed.length > 0 && { misnamed }),
      addressing,
    },
    mark: owner === null ? { is: 'foreign' } : { is: 'ours', owner },
    handle: `if${nic.index}`,
    incarnation: `${nic.index}`,
    needs: [...leansOn].map((name) => ({ id: idOf('link', name), incarnation: true })),
    claims: () => (bridge === null ? [] : [deviceClaim(nic.name, null)]),
    strayGroup: null,
  };
}

function ownerOf(bridge: LinkState): Owner | null {
  const mark = linkMark(bridge);
  return mark.is === 'ours' ? mark.owner : null;
}

function release({ handle, name, spec }: Observed<'membership'>, context: StepContext): DraftStep[] {
  const switchOver = spec.bridge === null ? [] : [`link set dev ${handle} nomaster`];
  const forgetting = [...forget(name, spec.recordedBy, context), ...drop(spec.misnamed ?? [], context)];
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
  const { recording, forgetting } = recordAnew(updates ? before : null, uplink, bridge, context);
  const switchOver =
    updates && before?.spec.bridge === bridge
      ? []
      : [`link set dev ${context.linkRef(uplink)} master ${context.linkRef(bridge)}`];
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

/**
 * The lines that record the uplink on this bridge, and those that take it off others then. Where another bridge has the
 * very words, for somebody swapped the bridges' names, it is recorded in other words meanwhile.
 */
function recordAnew(
  before: Observed<'membership'> | null,
  uplink: string,
  bridge: string,
  context: StepContext,
): { recording: string[]; forgetting: string[] } {
  const recordedBy = before?.spec.recordedBy ?? [];
  const misnamed = before?.spec.misnamed ?? [];
  const right = { bridge, altname: uplinkAltname(bridge, uplink) };
  const meanwhile = { bridge, altname: passingUplinkAltname(uplink) };
  const inTheWay = misnamed.filter(({ altname }) => altname === right.altname);
  const passes = inTheWay.length > 0 && !misnamed.some(({ altname }) => altname === meanwhile.altname);
  const passing = passes ? [meanwhile] : [];
  const rest = [...misnamed.filter(({ altname }) => altname !== right.altname), ...passing];
  const others = recordedBy.filter((name) => name !== bridge);
  return {
    recording: recordedBy.includes(bridge)
      ? []
      : [
          ...passing.map((record) => recordLine(record, 'add', context)),
          ...drop(inTheWay, context),
          recordLine(right, 'add', context),
        ],
    forgetting: [...forget(uplink, others, context), ...drop(rest, context)],
  };
}

function lines(word: string, all: string[]): DraftStep[] {
  return all.length === 0 ? [] : [{ word, tool: 'ip', lines: all }];
}

function forget(uplink: string, bridges: readonly string[], context: StepContext): string[] {
  return drop(
    bridges.map((bridge) => ({ bridge, altname: uplinkAltname(bridge, uplink) })),
    context,
  );
}

function drop(records: readonly UplinkRecord[], context: StepContext): string[] {
  return records.map((record) => recordLine(record, 'del', context));
}

function recordLine({ bridge, altname }: UplinkRecord, verb: 'add' | 'del', context: StepContext): string {
  return `link property ${verb} dev ${context.linkRef(bridge)} altname ${altname}`;
}
