import { INTERFACE_CENSUS } from './census-interface.ts';
import { NETWORK_CENSUS } from './census-network.ts';
import type { Census, Fate } from './fates.ts';
import { type Node, placeOf, type Remarks } from './notes.ts';

const CENSUS: Census = { ...NETWORK_CENSUS, ...INTERFACE_CENSUS };

/** undefined for what the format has not. */
export function fateOf(path: string): Fate | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const fate = Object.hasOwn(CENSUS, at) ? CENSUS[at] : undefined;
    if (at === path && fate !== undefined) return fate;
    if (at !== path && fate !== undefined && fate !== 'carried') return fate;
  }
  return undefined;
}

const UNKNOWN = 'it is nothing of the format that is known here; libvirt passes over what it does not know';

/** Tells of all below an element that is not carried, each once: what is within it goes with it. */
export function survey(node: Node, remarks: Remarks): void {
  for (const [name, { value, line }] of node.xml.attributes) {
    const path = `${node.path}/@${name}`;
    const fate = fateOf(path);
    // What is as it is without the word is carried by saying nothing.
    if (isDefault(path, value)) continue;
    if (fate === undefined) remarks.add({ line, element: path }, UNKNOWN);
    else if (typeof fate === 'object') remarks.add({ line, element: path }, fate.not);
  }
  for (const child of node.xml.children) {
    const path = `${node.path}/${childName(child)}`;
    const fate = fateOf(path);
    const inner = { xml: child, path };
    if (fate === undefined) remarks.add(placeOf(inner), UNKNOWN);
    else if (typeof fate === 'object') remarks.add(placeOf(inner), fate.not);
    else if (fate === 'carried') survey(inner, remarks);
  }
}

/** Namespaces of libvirt's own formats, by the prefix that its documentation gives them. */
const PREFIXES: Readonly<Record<string, string>> = {
  'http://libvirt.org/schemas/network/dnsmasq/1.0': 'dnsmasq:',
};

function childName({ name, namespace }: { name: string; namespace: string }): string {
  return namespace === '' ? name : `${PREFIXES[namespace] ?? `{${namespace}}`}${name}`;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  'network/@ipv6': 'no',
  'network/@trustGuestRxFilters': 'no',
  'network/bridge/@macTableManager': 'kernel',
  'network/portgroup/@trustGuestRxFilters': 'no',
  'network/domain/@register': 'no',
  'network/dns/@forwardPlainNames': 'no',
  'network/ip/@localPtr': 'yes',
  'network/@connections': '0',
  'interface/@trustGuestRxFilters': 'no',
  'interface/link/@state': 'up',
};

function isDefault(path: string, value: string): boolean {
  return Object.hasOwn(DEFAULTS, path) && DEFAULTS[path] === value;
}
