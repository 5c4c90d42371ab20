import { compareText } from '../../model/order.ts';
import type { FieldDiff } from '../../model/plan.ts';
import type { LibvirtContent, LibvirtPortGroup } from '../../model/specs.ts';
import { diffFields } from '../kind.ts';

/**
 * What two networks of libvirt's differ in. In which order devices and port groups stand makes no difference that is
 * worth a change: a network that runs has new ones at the end.
 */
export function compareContent(before: LibvirtContent, after: LibvirtContent): FieldDiff[] {
  const fields = diffFields(before, after, ['mode', 'openvswitch', 'isolated']);
  // null is a word here: a network of macvtaps has no bridge.
  if (before.bridge !== after.bridge) {
    fields.push({ field: 'bridge', before: before.bridge, after: after.bridge });
  }
  if (!sameSet(before.devices, after.devices)) {
    fields.push({ field: 'devices', before: before.devices, after: after.devices });
  }
  const groups = differing(before.portGroups, after.portGroups);
  if (groups !== null) fields.push({ field: 'portGroups', ...groups });
  if (before.other.length > 0) fields.push({ field: 'other', before: before.other, after: [] });
  return fields;
}

/** Those groups only, in words, that come, go or change. */
function differing(
  before: readonly LibvirtPortGroup[],
  after: readonly LibvirtPortGroup[],
): Pick<FieldDiff, 'before' | 'after'> | null {
  const [had, has] = [before.map(portGroupText), after.map(portGroupText)];
  if (sameSet(had, has)) return null;
  return { before: had.filter((one) => !has.includes(one)), after: has.filter((one) => !had.includes(one)) };
}

/** `web (VLAN 42, default)` */
export function portGroupText({ name, default: isDefault, vlan }: LibvirtPortGroup): string {
  const words: string[] = [];
  if (vlan !== null) {
    const tags = `${vlan.trunk ? 'VLANs' : 'VLAN'} ${vlan.tags.join(',')}`;
    words.push(vlan.native === null ? tags : `${tags} native ${vlan.native}`);
  }
  if (isDefault) words.push('default');
  return words.length === 0 ? name : `${name} (${words.join(', ')})`;
}

/** `bridge br0`, `openvswitch ovsbr0`, `direct vepa on eth2, eth3` */
export function contentText({ mode, bridge, devices, openvswitch }: LibvirtContent): string {
  if (bridge !== null) return `${openvswitch ? 'openvswitch' : 'bridge'} ${bridge}`;
  return devices.length === 0 ? mode : `direct ${mode} on ${devices.join(', ')}`;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const [x, y] = [[...a].sort(compareText), [...b].sort(compareText)];
  return x.length === y.length && x.every((one, i) => one === y[i]);
}
