import { linkAlias } from '../../model/mark.ts';
import type { FieldDiff } from '../../model/plan.ts';
import type { MacvtapSpec } from '../../model/specs.ts';
import type { DraftStep, Effect, StepContext } from '../kind.ts';
import { diffFields } from '../kind.ts';
import { linkSetting } from './host-link.ts';
import { addMacvlan, setMacvlan } from './macvlan-lines.ts';
import type { LinkStepInput } from './steps.ts';
import { compareReleased, groupOf } from './steps.ts';

const COMPARED = ['parent', 'mode', 'mac', 'mtu', 'altname', 'up'] as const;

export function compareMacvtap(before: MacvtapSpec, after: MacvtapSpec): FieldDiff[] {
  const fields = diffFields(before, after, COMPARED);
  compareReleased(before, after, fields);
  // Where the node is not to be seen nothing can be said of it, and no step could mend it.
  if (before.owner !== null) fields.push(...diffFields(before, after, ['owner']));
  return fields;
}

/**
 * The kernel changes everything of a macvtap in place but its parent, and the passthru mode, which is chosen at
 * creation (macvlan_changelink, drivers/net/macvlan.c).
 */
export function macvtapEffect(fields: readonly FieldDiff[], before: MacvtapSpec, after: MacvtapSpec): Effect {
  const changed = new Set(fields.map((f) => f.field));
  const passthru = before.mode === 'passthru' || after.mode === 'passthru';
  if (changed.has('parent') || (changed.has('mode') && passthru))
    return { action: 'replace', impact: 'recreate' };
  if (changed.has('mode')) return { action: 'update', impact: 'rewire' };
  if (changed.has('mac')) return { action: 'update', impact: 'interrupt' };
  return { action: 'update', impact: 'none' };
}

export function createMacvtap(
  name: string,
  spec: MacvtapSpec,
  owner: string,
  context: StepContext,
): DraftStep[] {
  // A passthru takes its parent's address at creation, whatever was asked for (macvlan_common_newlink).
  const address = spec.mode === 'passthru' ? ` address ${spec.mac}` : '';
  const lines = [
    `link set dev ${name} alias ${linkAlias(owner)} group ${groupOf(spec)}${address} ${spec.up ? 'up' : 'down'}`,
  ];
  if (spec.altname !== null) lines.push(`link property add dev ${name} altname ${spec.altname}`);
  const steps: DraftStep[] = [
    { word: 'add', tool: 'ip', lines: [addMacvlan(name, spec, context)] },
    deafStep(name),
    { word: 'publish', tool: 'ip', lines },
  ];
  if (spec.owner !== null) steps.push(nodeStep(name, spec.owner));
  return steps;
}

export function updateMacvtap(name: string, spec: MacvtapSpec, input: LinkStepInput): DraftStep[] {
  const lines = [...setMacvlan(spec, input), ...input.altnameLines(spec.altname)];
  const steps: DraftStep[] = lines.length > 0 ? [{ word: 'set', tool: 'ip', lines }] : [];
  if (input.changed.has('owner') && spec.owner !== null) steps.push(nodeStep(name, spec.owner));
  return steps;
}

/**
 * No IPv6 of the host's: it would have the guest's own link-local address there, and while nobody has it open, a
 * macvtap hands what it receives to the host (macvtap_handle_frame, drivers/net/tap.c), which would take addresses and
 * routes from the network's router advertisements, whatever `addrgenmode` says. Said before it goes up, it makes that
 * cost the kernel less than half.
 */
function deafStep(link: string): DraftStep {
  return { word: 'deafen', tool: 'sysctl', writes: [linkSetting(link, 'disable_ipv6', '1')] };
}

function nodeStep(link: string, owner: NonNullable<MacvtapSpec['owner']>): DraftStep {
  return { word: 'node', tool: 'node', link, uid: owner.uid, gid: owner.gid };
}
