import { BUILDING_GROUP, linkAlias } from '../../model/mark.ts';
import type { FieldDiff } from '../../model/plan.ts';
import type { BridgeSpec } from '../../model/specs.ts';
import type { DraftStep, Effect, StepContext } from '../kind.ts';
import { diffFields } from '../kind.ts';
import { linkLocalStep, quietStep } from './host-link.ts';
import type { LinkStepInput } from './steps.ts';
import { noHostIpv6First } from './steps.ts';

export function compareBridge(before: BridgeSpec, after: BridgeSpec): FieldDiff[] {
  return diffFields(before, after, [
    'up',
    'mtu',
    'mac',
    'stp',
    'forwardDelay',
    'ageingTime',
    'multicastSnooping',
    'linkLocal',
  ]);
}

/** Turning STP on sends the ports through listening and learning; all else leaves traffic alone. */
export function bridgeEffect(fields: readonly FieldDiff[]): Effect {
  const interrupts = fields.some((f) => f.field === 'stp' && f.after === true);
  return { action: 'update', impact: interrupts ? 'interrupt' : 'none' };
}

/**
 * Created in our group with everything but what needs publishing. An MTU that is given at creation does not pin the
 * bridge's, a later change of its value does (FACTS.md); therefore it is created one byte off.
 */
export function createBridge(
  name: string,
  spec: BridgeSpec,
  owner: string,
  context: StepContext,
): DraftStep[] {
  const mtu = spec.mtu === null ? '' : ` mtu ${spec.mtu + 1}`;
  const mac = spec.mac === null ? '' : ` address ${spec.mac}`;
  const settings = bridgeSettings(spec);
  const add: DraftStep = {
    word: 'add',
    tool: 'ip',
    lines: [`link add name ${name} group ${BUILDING_GROUP}${mtu}${mac} type bridge${settings}`],
  };
  const setMtu = spec.mtu === null ? '' : ` mtu ${spec.mtu}`;
  const publish: DraftStep = {
    word: 'publish',
    tool: 'ip',
    lines: [
      ...(spec.linkLocal === true ? [] : noHostIpv6First(name, spec.mtu, context)),
      `link set dev ${name} alias ${linkAlias(owner)} group 0${setMtu} ${spec.up ? 'up' : 'down'}`,
    ],
  };
  if (spec.linkLocal === null) return [add, publish];
  const steps = [add, quietStep(name), publish];
  return spec.linkLocal ? [...steps, linkLocalStep(name)] : steps;
}

export function updateBridge(
  name: string,
  spec: BridgeSpec,
  { changed, before, common, context }: LinkStepInput,
): DraftStep[] {
  const lines: string[] = [];
  let set = common;
  if (changed.has('mtu')) set += ` mtu ${spec.mtu}`;
  if (changed.has('linkLocal') && spec.linkLocal === false) {
    // One that has too small an MTU for IPv6 must have the new one before.
    if (set !== '') lines.push(`link set dev ${before.handle}${set}`);
    set = '';
    lines.push(...noHostIpv6First(before.handle, spec.mtu, context));
  }
  if (changed.has('mac') && spec.mac !== null) set += ` address ${spec.mac}`;
  else if (changed.has('mark') && before.spec.kind === 'bridge') set += pinAddress(before.spec);
  if (changed.has('up')) set += spec.up ? ' up' : ' down';
  if (set !== '') lines.push(`link set dev ${before.handle}${set}`);
  const stpOff = changed.has('stp') && spec.stp === false;
  // In one call the kernel takes the forward delay first, and with STP on refuses one below 2 s (br_set_forward_delay).
  if (stpOff) lines.push(`link set dev ${before.handle} type bridge stp_state 0`);
  const settings = bridgeSettings(spec, stpOff ? new Set([...changed].filter((f) => f !== 'stp')) : changed);
  if (settings !== '') lines.push(`link set dev ${before.handle} type bridge${settings}`);
  const steps: DraftStep[] = lines.length > 0 ? [{ word: 'set', tool: 'ip', lines }] : [];
  const makes = spec.linkLocal === true && spec.up && (changed.has('linkLocal') || changed.has('up'));
  return makes ? [...steps, linkLocalStep(name)] : steps;
}

/** Setting a bridge's address, even to what it is, pins it: it then adopts no guest's when ports come and go. */
function pinAddress(before: BridgeSpec): string {
  return before.mac === null ? '' : ` address ${before.mac}`;
}

/** In the kernel's centiseconds (USER_HZ, linux/if_bridge.h). */
function bridgeSettings(spec: BridgeSpec, only?: ReadonlySet<string>): string {
  let text = '';
  const add = (field: keyof BridgeSpec, option: string, value: number | null) => {
    if (value !== null && (only === undefined || only.has(field))) text += ` ${option} ${value}`;
  };
  add('forwardDelay', 'forward_delay', spec.forwardDelay === null ? null : spec.forwardDelay * 100);
  add('ageingTime', 'ageing_time', spec.ageingTime === null ? null : spec.ageingTime * 100);
  add('stp', 'stp_state', spec.stp === null ? null : Number(spec.stp));
  add(
    'multicastSnooping',
    'mcast_snooping',
    spec.multicastSnooping === null ? null : Number(spec.multicastSnooping),
  );
  return text;
}
