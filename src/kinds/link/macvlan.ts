import { linkAlias } from '../../model/mark.ts';
import type { FieldDiff } from '../../model/plan.ts';
import type { MacvlanSpec } from '../../model/specs.ts';
import type { DraftStep, Effect, StepContext } from '../kind.ts';
import { diffFields } from '../kind.ts';
import { quietStep } from './host-link.ts';
import { addMacvlan, setMacvlan } from './macvlan-lines.ts';
import type { LinkStepInput } from './steps.ts';

export function compareMacvlan(before: MacvlanSpec, after: MacvlanSpec): FieldDiff[] {
  return diffFields(before, after, ['parent', 'mode', 'mac', 'mtu', 'up']);
}

/** All but the parent changes in place (macvlan_changelink, drivers/net/macvlan.c); the guests keep their devices. */
export function macvlanEffect(fields: readonly FieldDiff[]): Effect {
  const changed = new Set(fields.map((f) => f.field));
  if (changed.has('parent')) return { action: 'replace', impact: 'interrupt' };
  const interrupts = changed.has('mode') || changed.has('mac');
  return { action: 'update', impact: interrupts ? 'interrupt' : 'none' };
}

/** As a macvtap is made, in our group; what the host is not to do on it is set before it goes up. */
export function createMacvlan(
  name: string,
  spec: MacvlanSpec,
  owner: string,
  context: StepContext,
): DraftStep[] {
  return [
    { word: 'add', tool: 'ip', lines: [addMacvlan(name, spec, context)] },
    quietStep(name),
    {
      word: 'publish',
      tool: 'ip',
      lines: [`link set dev ${name} alias ${linkAlias(owner)} group 0 ${spec.up ? 'up' : 'down'}`],
    },
  ];
}

export function updateMacvlan(spec: MacvlanSpec, input: LinkStepInput): DraftStep[] {
  const lines = setMacvlan(spec, input);
  return lines.length > 0 ? [{ word: 'set', tool: 'ip', lines }] : [];
}
