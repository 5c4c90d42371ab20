import type { FieldDiff } from '../../model/plan.ts';
import type { InternalSpec } from '../../model/specs.ts';
import type { DraftStep, Effect } from '../kind.ts';
import { diffFields } from '../kind.ts';
import { quietStep } from './host-link.ts';
import type { LinkStepInput } from './steps.ts';

export function compareInternal(before: InternalSpec, after: InternalSpec): FieldDiff[] {
  return diffFields(before, after, ['mac', 'mtu', 'up']);
}

export function internalEffect(fields: readonly FieldDiff[]): Effect {
  return { action: 'update', impact: fields.some((f) => f.field === 'mac') ? 'interrupt' : 'none' };
}

/**
 * The link stands as soon as ovs-vswitchd has taken up its port, which the port's step waits for. Address and MTU are
 * told to Open vSwitch: an MTU that was set by `ip` it lowers with the next port that has a smaller one, and both are
 * there again when it makes the link anew.
 */
export function createInternal(name: string, spec: InternalSpec): DraftStep[] {
  const up: DraftStep = {
    word: 'up',
    tool: 'ip',
    lines: [`link set dev ${name} ${spec.up ? 'up' : 'down'}`],
  };
  return [columnsStep(name, spec.mac, spec.mtu), quietStep(name), up];
}

export function updateInternal(name: string, spec: InternalSpec, input: LinkStepInput): DraftStep[] {
  const { changed, before } = input;
  const steps: DraftStep[] = [];
  if (changed.has('mac') || changed.has('mtu')) {
    const mtu = changed.has('mtu') ? spec.mtu : null;
    steps.push(columnsStep(name, changed.has('mac') ? spec.mac : null, mtu));
  }
  const line = changed.has('up') ? ` ${spec.up ? 'up' : 'down'}` : '';
  // Its mark is that of its port.
  const group = changed.has('group') ? ' group 0' : '';
  if (line + group !== '') {
    steps.push({ word: 'set', tool: 'ip', lines: [`link set dev ${before.handle}${group}${line}`] });
  }
  return steps;
}

/** It goes with its port; what takes its place, or the port's, waits for this. */
export function releaseInternal(): DraftStep[] {
  return [{ word: 'release', tool: 'ip', lines: [] }];
}

function columnsStep(name: string, mac: string | null, mtu: number | null): DraftStep {
  return { word: 'columns', tool: 'ovs', op: { do: 'setInterface', name, mac, mtu } };
}
