import type { LibvirtContent, LibvirtPortGroup, LibvirtVlan } from '../../model/specs.ts';
import { readXml, type XmlElement, XmlError } from '../xml.ts';

/** A `<network>` as `virsh net-dumpxml` prints it. */
export interface ParsedNetwork {
  name: string;
  uuid: string;
  content: LibvirtContent;
}

/** What is nothing to guests: names, and texts that people and programs keep there (since libvirt 9.7). */
const ASIDE = new Set(['name', 'uuid', 'title', 'description', 'metadata']);

/** null for what is no network of libvirt's. Whatever Plumbline would not write is told in `content.other`. */
export function parseNetwork(text: string): ParsedNetwork | null {
  const root = rootOf(text);
  if (root?.name !== 'network') return null;
  const [name, uuid] = [textOf(root, 'name'), textOf(root, 'uuid')];
  if (name === null || uuid === null) return null;
  const other = strangeAttributes(root, ['connections']);
  let mode = 'isolated';
  let bridge: string | null = null;
  let openvswitch = false;
  let isolated = false;
  let devices: XmlElement[] = [];
  const portGroups: LibvirtPortGroup[] = [];
  for (const child of root.children) {
    switch (child.name) {
      case 'forward':
        mode = attributeOf(child, 'mode') ?? 'nat';
        devices = child.children.filter((one) => one.name === 'interface');
        // `dev` repeats the first of the interfaces.
        other.push(...strangeAttributes(child, ['mode', 'dev']), ...strangeChildren(child, ['interface']));
        break;
      case 'bridge':
        bridge = attributeOf(child, 'name');
        other.push(...strangeAttributes(child, ['name']), ...strangeChildren(child, []));
        break;
      case 'virtualport':
        openvswitch = attributeOf(child, 'type') === 'openvswitch';
        if (!openvswitch) other.push(`virtualport ${attributeOf(child, 'type') ?? ''}`.trim());
        other.push(...strangeChildren(child, []));
        break;
      case 'port':
        isolated = attributeOf(child, 'isolated') === 'yes';
        break;
      case 'portgroup':
        portGroups.push(portGroupOf(child, other));
        break;
      default:
        if (!ASIDE.has(child.name)) other.push(child.name);
    }
  }
  for (const device of devices) other.push(...strangeAttributes(device, ['dev', 'connections']));
  const content = {
    mode,
    bridge,
    devices: devices.flatMap((one) => attributeOf(one, 'dev') ?? []),
    openvswitch,
    isolated,
    portGroups,
    other,
  };
  return { name, uuid, content };
}

function portGroupOf(element: XmlElement, other: string[]): LibvirtPortGroup {
  const name = attributeOf(element, 'name') ?? '';
  const words = [...strangeAttributes(element, ['name', 'default']), ...strangeChildren(element, ['vlan'])];
  other.push(...words.map((word) => `portgroup ${name} ${word}`));
  const vlan = element.children.find((one) => one.name === 'vlan');
  const tagged = vlan?.children.some((tag) => attributeOf(tag, 'nativeMode') === 'tagged');
  if (tagged) other.push(`portgroup ${name} nativeMode=tagged`);
  return {
    name,
    default: attributeOf(element, 'default') === 'yes',
    vlan: vlan === undefined ? null : vlanOf(vlan),
  };
}

function vlanOf(element: XmlElement): LibvirtVlan {
  const tags = element.children.filter((one) => one.name === 'tag');
  const native = tags.find((one) => attributeOf(one, 'nativeMode') === 'untagged');
  return {
    // libvirt says so of several tags by itself.
    trunk: attributeOf(element, 'trunk') === 'yes' || tags.length > 1,
    tags: tags.map((one) => Number(attributeOf(one, 'id'))).sort((a, b) => a - b),
    native: native === undefined ? null : Number(attributeOf(native, 'id')),
  };
}

function rootOf(text: string): XmlElement | null {
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof XmlError) return null;
    throw error;
  }
}

function attributeOf({ attributes }: XmlElement, name: string): string | null {
  return attributes.get(name)?.value ?? null;
}

function strangeAttributes({ attributes }: XmlElement, known: readonly string[]): string[] {
  return [...attributes].flatMap(([key, { value }]) => (known.includes(key) ? [] : `${key}=${value}`));
}

function strangeChildren({ children }: XmlElement, known: readonly string[]): string[] {
  return children.flatMap(({ name }) => (known.includes(name) ? [] : name));
}

function textOf({ children }: XmlElement, name: string): string | null {
  return children.find((one) => one.name === name)?.text ?? null;
}
