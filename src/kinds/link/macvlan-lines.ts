import { BUILDING_GROUP } from '../../model/mark.ts';
import type { MacvlanSpec, MacvtapSpec } from '../../model/specs.ts';
import type { StepContext } from '../kind.ts';
import type { LinkStepInput } from './steps.ts';

/** A macvtap is a macvlan with a character device, and the kernel makes and changes both by the same code. */
type Either = MacvlanSpec | MacvtapSpec;

/** Makes one, in our group until it is published. */
export function addMacvlan(name: string, spec: Either, context: StepContext): string {
  const mtu = spec.mtu === null ? '' : ` mtu ${spec.mtu}`;
  return `link add name ${name} link ${context.linkRef(spec.parent)} group ${BUILDING_GROUP}${mtu} address ${spec.mac} type ${spec.kind} mode ${spec.mode}`;
}

/** Changes one that stands. */
export function setMacvlan(spec: Either, { changed, before, common }: LinkStepInput): string[] {
  const lines: string[] = [];
  let set = common;
  if (changed.has('mtu')) set += ` mtu ${spec.mtu}`;
  if (changed.has('mac')) set += ` address ${spec.mac}`;
  if (changed.has('up')) set += spec.up ? ' up' : ' down';
  if (set !== '') lines.push(`link set dev ${before.handle}${set}`);
  if (changed.has('mode')) lines.push(`link set dev ${before.handle} type ${spec.kind} mode ${spec.mode}`);
  return lines;
}
