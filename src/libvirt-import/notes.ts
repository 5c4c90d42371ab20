import type { XmlAttribute, XmlElement } from '../tools/xml.ts';

/** A line for a person: something of a file that is not carried over, or that the file itself is refused. */
export interface Note {
  file: string;
  /** Counts from 1. */
  line: number;
  /** `network/ip/dhcp`, `network/bridge/@zone` */
  element: string;
  reason: string;
  /** Nothing of the file is carried. */
  refused: boolean;
}

/** Where something stands in the XML. */
export interface Place {
  line: number;
  element: string;
}

/** libvirt would not take the file, or Plumbline cannot say what it says. */
export class Refused extends Error {
  override name = 'Refused';
  readonly place: Place;
  constructor(place: Place, reason: string) {
    super(reason);
    this.place = place;
  }
}

/** An element and how it was reached. */
export interface Node {
  xml: XmlElement;
  path: string;
}

export function placeOf({ xml, path }: Node): Place {
  return { line: xml.line, element: path };
}

/** The place of an attribute; of its element where there is none. */
export function attributePlace({ xml, path }: Node, name: string): Place {
  const attribute = xml.attributes.get(name);
  return attribute === undefined
    ? { line: xml.line, element: path }
    : { line: attribute.line, element: `${path}/@${name}` };
}

/** The child elements of a name. libvirt looks for those of no namespace only. */
export function childrenOf({ xml, path }: Node, name: string): Node[] {
  return xml.children
    .filter((child) => child.name === name && child.namespace === '')
    .map((child) => ({ xml: child, path: `${path}/${name}` }));
}

/** The one child of a name, null for none. Throws Refused for several. */
export function childOf(node: Node, name: string): Node | null {
  const [first, second] = childrenOf(node, name);
  if (second !== undefined)
    throw new Refused(placeOf(second), `there is a ${name} before it, and one is all`);
  return first ?? null;
}

/** The value of an attribute, null for none. */
export function attributeOf({ xml }: Node, name: string): string | null {
  const attribute: XmlAttribute | undefined = xml.attributes.get(name);
  return attribute?.value ?? null;
}

/** What a file's reader finds not to be carried, besides what the census says. */
export class Remarks {
  readonly all: (Place & { reason: string })[] = [];

  add(place: Place, reason: string): void {
    this.all.push({ ...place, reason });
  }
}
