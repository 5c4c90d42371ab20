import type { AnyChange } from '../model/plan.ts';
import type { AnyObserved } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import { strangerHint } from './claim-hints.ts';
import { describeObserved } from './claims.ts';
import type { Gating } from './gating.ts';

/** A wanted name that something unowned has, with what would resolve it. */
export function reportTaken(gating: Gating): void {
  for (const draft of [...gating.drafts.values()]) {
    if (draft.gate.is !== 'taken' || draft.after === null) continue;
    const { why, hint } = localPortWords(gating, draft) ?? {
      why: draft.gate.why,
      hint: draft.after.adopt
        ? 'set it to what is wanted, or write what stands there into the documents'
        : 'remove or rename it, choose another name, or say adopt: true if it is to be taken over',
    };
    gating.drafts.set(draft.id, { ...draft, gate: { is: 'taken', why } } as AnyChange);
    gating.problems.push({
      code: 'name-taken',
      severity: 'error',
      message: `${draft.name}: ${why}`,
      source: draft.after.source,
      hint,
    });
  }
}

/** The local port of a stranger's Open vSwitch bridge is a link that nobody removes or adopts alone. */
function localPortWords({ sides }: Gating, { kind, name }: AnyChange): { why: string; hint: string } | null {
  const bridge: AnyObserved | undefined =
    kind === 'link' ? sides.observed.get(idOf('ovs-bridge', name)) : undefined;
  if (bridge === undefined) return null;
  return {
    why: `${describeObserved(bridge)} stands there and is not Plumbline's`,
    hint: strangerHint(`name:${name}`, bridge),
  };
}
