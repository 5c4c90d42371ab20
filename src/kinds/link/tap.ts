import { linkAlias } from '../../model/mark.ts';
import type { FieldDiff } from '../../model/plan.ts';
import type { TapSpec } from '../../model/specs.ts';
import type { DraftStep, Effect, StepContext } from '../kind.ts';
import { diffFields } from '../kind.ts';
import type { LinkStepInput } from './steps.ts';
import { compareReleased, groupOf, noHostIpv6 } from './steps.ts';

const COMPARED = ['multiQueue', 'owner', 'mac', 'mtu', 'altname', 'up'] as const;

export function compareTap(before: TapSpec, after: TapSpec): FieldDiff[] {
  const fields = diffFields(before, after, COMPARED);
  compareReleased(before, after, fields);
  // A tap's segment is always stated: no master means that it must have none.
  if (before.master !== after.master) {
    fields.unshift({ field: 'master', before: before.master, after: after.master });
  }
  if (after.master !== null && after.isolated !== null && (before.isolated ?? false) !== after.isolated) {
    fields.push({ field: 'isolated', before: before.isolated ?? false, after: after.isolated });
  }
  return fields;
}

/** Queues and who may open it are fixed by TUNSETIFF and TUNSETOWNER, which a held tap refuses (drivers/net/tun.c). */
export function tapEffect(fields: readonly FieldDiff[], before: TapSpec, after: TapSpec): Effect {
  const changed = new Set(fields.map((f) => f.field));
  if (changed.has('multiQueue') || changed.has('owner')) return { action: 'replace', impact: 'recreate' };
  if (changed.has('master') && before.master !== null) return { action: 'update', impact: 'rewire' };
  if (changed.has('isolated') && before.master === after.master)
    return { action: 'update', impact: 'interrupt' };
  return { action: 'update', impact: 'none' };
}

/**
 * `tuntap add` takes neither mark nor group, and a link that is built under another name pays for its own with a grace
 * period of RCU under the kernel's lock of links (dev_change_name, net/core/dev.c): 20 ms each on Linux 6.1. So a tap is
 * made with two headers that nobody would have together, which say that it is unfinished, and one last call gives it
 * mark and life; a guest that opens it says which headers it has. Two steps, the second only for those that were made,
 * and so that all are made before the first is published: links that are made while others come up cost the kernel a
 * third more; and they are made while their bridges are.
 */
export function createTap(name: string, spec: TapSpec, owner: string, context: StepContext): DraftStep[] {
  const add = `tuntap add dev ${name} mode tap pi vnet_hdr${tapOwner(spec)}${spec.multiQueue ? ' multi_queue' : ''}`;
  const master = spec.master === null ? '' : ` master ${context.linkRef(spec.master)}`;
  const mtu = spec.mtu === null ? '' : ` mtu ${spec.mtu}`;
  const isIsolated = spec.master !== null && spec.isolated === true;
  let publish = `link set dev ${name} alias ${linkAlias(owner)}`;
  if (groupOf(spec) !== 0) publish += ` group ${groupOf(spec)}`;
  if (spec.mac !== null) publish += ` address ${spec.mac}`;
  // In the same call: a tap that nobody has opened has no carrier, and gets no address by going up.
  publish += `${mtu}${isIsolated ? '' : master}${noHostIpv6(spec.mtu, context)} ${spec.up ? 'up' : 'down'}`;
  // Being isolated is a property of the port, so the port must be there before it goes up.
  const lines = isIsolated
    ? [`link set dev ${name}${mtu}${master}`, `link set dev ${name} type bridge_slave isolated on`, publish]
    : [publish];
  if (spec.altname !== null) lines.push(`link property add dev ${name} altname ${spec.altname}`);
  return [
    { word: 'add', early: true, tool: 'ip', lines: [add] },
    { word: 'publish', tool: 'ip', lines },
  ];
}

export function updateTap(spec: TapSpec, input: LinkStepInput): DraftStep[] {
  const { before, changed, common, context } = input;
  const lines: string[] = [];
  let set = common;
  if (changed.has('mac') && spec.mac !== null) set += ` address ${spec.mac}`;
  if (changed.has('mtu')) set += ` mtu ${spec.mtu}`;
  if (changed.has('master')) {
    set += spec.master === null ? ' nomaster' : ` master ${context.linkRef(spec.master)}`;
  }
  if (changed.has('up')) set += spec.up ? ' up' : ' down';
  if (set !== '') lines.push(`link set dev ${before.handle}${set}`);
  // A port that is new to its bridge is not isolated.
  if (
    spec.master !== null &&
    (changed.has('isolated') || (changed.has('master') && spec.isolated === true))
  ) {
    lines.push(`link set dev ${before.handle} type bridge_slave isolated ${spec.isolated ? 'on' : 'off'}`);
  }
  lines.push(...input.altnameLines(spec.altname));
  return lines.length > 0 ? [{ word: 'set', tool: 'ip', lines }] : [];
}

function tapOwner(spec: TapSpec): string {
  const user = spec.owner?.uid ?? null;
  const group = spec.owner?.gid ?? null;
  return `${user === null ? '' : ` user ${user}`}${group === null ? '' : ` group ${group}`}`;
}
