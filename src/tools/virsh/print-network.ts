import type { LibvirtContent, LibvirtPortGroup, LibvirtVlan } from '../../model/specs.ts';
import { type Element, printElement } from './element.ts';

/** libvirt's `<network>`; without `uuid` libvirt draws one when it is defined. */
export function printNetwork(name: string, uuid: string | null, content: LibvirtContent): string {
  const { mode, bridge, devices, openvswitch, isolated, portGroups } = content;
  return printElement({
    name: 'network',
    children: [
      { name: 'name', children: [name] },
      ...(uuid === null ? [] : [{ name: 'uuid', children: [uuid] }]),
      {
        name: 'forward',
        attributes: { mode },
        children: devices.map(deviceElement),
      },
      ...(bridge === null ? [] : [{ name: 'bridge', attributes: { name: bridge } }]),
      ...(openvswitch ? [{ name: 'virtualport', attributes: { type: 'openvswitch' } }] : []),
      ...(isolated ? [{ name: 'port', attributes: { isolated: 'yes' } }] : []),
      ...portGroups.map(portGroupElement),
    ],
  });
}

/** As `net-update … portgroup` takes it. */
export function printPortGroup(portGroup: LibvirtPortGroup): string {
  return printElement(portGroupElement(portGroup));
}

/** As `net-update … forward-interface` takes it. */
export function printDevice(device: string): string {
  return printElement(deviceElement(device));
}

function deviceElement(dev: string): Element {
  return { name: 'interface', attributes: { dev } };
}

function portGroupElement({ name, default: isDefault, vlan }: LibvirtPortGroup): Element {
  return {
    name: 'portgroup',
    attributes: { name, ...(isDefault ? { default: 'yes' } : {}) },
    children: vlan === null ? [] : [vlanElement(vlan)],
  };
}

function vlanElement({ trunk, tags, native }: LibvirtVlan): Element {
  return {
    name: 'vlan',
    attributes: trunk ? { trunk: 'yes' } : {},
    children: tags.map((tag) => ({
      name: 'tag',
      attributes: { id: String(tag), ...(tag === native ? { nativeMode: 'untagged' } : {}) },
    })),
  };
}
