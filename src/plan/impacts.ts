import type { AnyChange } from '../model/plan.ts';
import { idOf } from '../model/resource.ts';
import type { Drafts } from './compare.ts';
import type { Graph } from './graph.ts';

/**
 * What each change means for guests, seen beside the others. All guests whose traffic goes through a shared resource are
 * named on its changes, and their absence makes it harmless.
 */
export function settleImpacts(drafts: Drafts, graph: Graph): Drafts {
  for (const draft of drafts.values()) {
    const { id } = draft;
    const own = draft.before === null && draft.after !== null && draft.after.guests.length > 0;
    const guests = own ? draft.guests : graph.guestsOf(id);
    const alone = leavesSwitch(draft, drafts) ? 'rewire' : draft.impact;
    const shared = alone === 'interrupt' || alone === 'rewire';
    const impact = shared && guests.length === 0 ? 'none' : alone;
    if (guests === draft.guests && impact === draft.impact) continue;
    drafts.set(id, { ...draft, guests, impact } as AnyChange);
  }
  return drafts;
}

/** Whether it is a tap that goes from Open vSwitch into a Linux bridge, or the port that it has there. */
function leavesSwitch({ kind, name, action }: AnyChange, drafts: Drafts): boolean {
  const isPart = (kind === 'link' && action === 'update') || (kind === 'ovs-port' && action === 'delete');
  if (!isPart) return false;
  const tap = drafts.get(idOf('link', name));
  return (
    tap?.action === 'update' &&
    tap.fields.some(({ field, before }) => field === 'master' && before === null) &&
    drafts.get(idOf('ovs-port', name))?.action === 'delete'
  );
}
