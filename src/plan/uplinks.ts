import type { AnyChange } from '../model/plan.ts';
import type { AnyObserved, AnyWanted, Id, RefusedUplink } from '../model/resource.ts';
import type { Gating } from './gating.ts';
import { close } from './gating.ts';
import { carries } from './graph.ts';

/** What becomes of the uplinks of one bridge. */
interface Exchange {
  leaving: AnyChange[];
  coming: boolean;
  /** Those that were to come and do not; `id` of the change that waits, null where there is none. */
  refused: { name: string; id: Id | null }[];
}

/**
 * An uplink whose replacement cannot be had stays, or the guests of the bridge would be cut off for a typing mistake.
 * Where another comes it goes: the documents say of those that they name only that they make no loop together. One
 * pass, as `spread`.
 */
export function keepReplaced(gating: Gating, refused: readonly RefusedUplink[]): boolean {
  let closed = false;
  for (const { leaving, coming, refused: instead } of exchanges(gating, refused)) {
    if (coming || instead.length === 0) continue;
    const names = [...new Set(instead.map(({ name }) => name))].join(', ');
    const ids = instead.flatMap(({ id }) => (id === null ? [] : [id]));
    // One for which there is no change is no matter of waiting until a guest lets go.
    const on = ids.length < instead.length ? [] : ids;
    for (const { id } of leaving) {
      const why = `stays, for its replacement ${names} cannot be had`;
      closed = close(gating, id, { is: 'blocked', on, why }) || closed;
    }
  }
  return closed;
}

function exchanges({ drafts }: Gating, refused: readonly RefusedUplink[]): Iterable<Exchange> {
  const byBridge = new Map<Id, Exchange>();
  const of = (bridge: Id): Exchange => {
    const known = byBridge.get(bridge) ?? { leaving: [], coming: false, refused: [] };
    byBridge.set(bridge, known);
    return known;
  };
  for (const draft of drafts.values()) {
    const before = bridgeOf(draft.before);
    const after = bridgeOf(draft.after);
    if (before === after) continue;
    const isOpen = draft.gate.is === 'open';
    if (before !== null && isOpen) of(before).leaving.push(draft);
    if (after === null) continue;
    if (isOpen) of(after).coming = true;
    else of(after).refused.push({ name: draft.name, id: draft.id });
  }
  for (const { of: bridge, name } of refused) of(bridge).refused.push({ name, id: null });
  return byBridge.values();
}

/** The bridge that leans on it as its uplink, null for anything else. */
function bridgeOf(one: AnyObserved | AnyWanted | null): Id | null {
  if (one === null || (one.kind !== 'membership' && one.kind !== 'ovs-port')) return null;
  const bridge = carries(one);
  return bridge === null || (one.kind === 'ovs-port' && !bridge.startsWith('ovs-bridge:')) ? null : bridge;
}
