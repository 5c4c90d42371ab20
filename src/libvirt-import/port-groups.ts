import { isDeepStrictEqual } from 'node:util';
import type { PortGroup, Vlan } from '../desired/documents.ts';
import type { LibvirtNetwork, PortSettings } from './libvirt-network.ts';
import { Names } from './names.ts';

/** What a guest's port is to be: a port group without its name. */
interface Settings {
  vlan: Vlan | null;
  isolated: boolean;
}

/** A network's port groups, and libvirt's names of them. */
export interface PortGroups {
  groups: readonly PortGroup[];
  names: ReadonlyMap<string, string>;
}

/**
 * Of libvirt's three levels the nearest counts: interface, port group, network. The documents have port groups alone, so
 * each says all, and what a network says by itself is a default group of its own.
 */
export function portGroupsOf({ port, portGroups }: LibvirtNetwork): PortGroups {
  const names = new Names(
    'group',
    [],
    portGroups.map(({ name }) => name),
  );
  const groups = portGroups.map((group) => {
    const settings = { vlan: group.vlan?.vlan ?? port.vlan?.vlan ?? null, isolated: port.isolated ?? false };
    return { name: names.of(group.name), ...(group.isDefault && { default: true }), ...written(settings) };
  });
  const own = { vlan: port.vlan?.vlan ?? null, isolated: port.isolated ?? false };
  if (!isPlain(own) && !portGroups.some(({ isDefault }) => isDefault)) {
    const name = freeName(
      'default',
      groups.map((one) => one.name),
    );
    groups.push({ name, default: true, ...written(own) });
  }
  return { groups, names: new Map(portGroups.map(({ name }) => [name, names.of(name)])) };
}

function isPlain({ vlan, isolated }: Settings): boolean {
  return vlan === null && !isolated;
}

function written({ vlan, isolated }: Settings): Pick<PortGroup, 'vlan' | 'isolated'> {
  return { ...(vlan !== null && { vlan }), ...(isolated && { isolated }) };
}

function settingsOf(group: PortGroup | undefined): Settings {
  return { vlan: group?.vlan ?? null, isolated: group?.isolated ?? false };
}

/**
 * The port group of an interface that says of its port what its group does not: one that is there and says just that, or
 * a new one. `name` is undefined for the default.
 */
export function portGroupFor(
  groups: readonly PortGroup[],
  named: string | undefined,
  { vlan, isolated }: PortSettings,
): { name: string | undefined; added: PortGroup | null } {
  const group = groups.find((one) => (named === undefined ? one.default === true : one.name === named));
  const base = settingsOf(group);
  const wanted = { vlan: vlan?.vlan ?? base.vlan, isolated: isolated ?? base.isolated };
  if (isDeepStrictEqual(wanted, base)) return { name: named, added: null };
  const known = groups.find((one) => isDeepStrictEqual(settingsOf(one), wanted));
  if (known !== undefined) return { name: known.default === true ? undefined : known.name, added: null };
  const name = freeName(
    settingsName(wanted),
    groups.map((one) => one.name),
  );
  return { name, added: { name, ...written(wanted) } };
}

function settingsName({ vlan, isolated }: Settings): string {
  const words = [...(vlan === null ? [] : [vlanName(vlan)]), ...(isolated ? ['isolated'] : [])];
  return words.length === 0 ? 'plain' : words.join('-').slice(0, 60).replace(/-$/, '');
}

function vlanName(vlan: Vlan): string {
  if ('tag' in vlan) return `vlan-${vlan.tag}`;
  const native = vlan.native === undefined ? '' : `-native-${vlan.native}`;
  return `trunk-${vlan.trunk.slice(0, 6).join('-')}${native}`;
}

function freeName(wanted: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.includes(name)) return name;
  }
}
