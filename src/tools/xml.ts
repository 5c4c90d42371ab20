import { SaxesParser } from 'saxes';

/** XML as text from strangers: well-formed to the letter, bounded, without document types and so without entities. */
export interface XmlElement {
  /** Without its prefix. */
  name: string;
  /** Empty for an element of no namespace. */
  namespace: string;
  /** Counts from 1. */
  line: number;
  /** Those of no namespace, by name. */
  attributes: ReadonlyMap<string, XmlAttribute>;
  children: readonly XmlElement[];
  /** Its own, without that of its children, blanks at both ends taken off. */
  text: string;
}

export interface XmlAttribute {
  value: string;
  line: number;
}

/** A text that is no XML, or none that is taken. */
export class XmlError extends Error {
  override name = 'XmlError';
  /** Counts from 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Bytes of one text. libvirt's own bound for what it takes by RPC is 4 MiB a string (VIR_NET_MESSAGE_STRING_MAX). */
const MAX_XML_BYTES = 4 << 20;
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 200_000;
const MAX_ATTRIBUTES = 128;

interface Open extends Omit<XmlElement, 'children' | 'attributes'> {
  attributes: Map<string, XmlAttribute>;
  children: XmlElement[];
}

/** The root element of a text. Throws XmlError. */
export function readXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const stack: Open[] = [];
  const lines = new Map<string, number>();
  const roots: XmlElement[] = [];
  let elements = 0;
  const stop = (message: string): never => {
    throw new XmlError(parser.line, message);
  };

  parser.on('error', (error) => stop(error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')));
  parser.on('doctype', () => stop('a document type is not taken'));
  parser.on('opentagstart', () => {
    elements += 1;
    lines.clear();
    if (elements > MAX_ELEMENTS) stop(`more than ${MAX_ELEMENTS} elements`);
    if (stack.length >= MAX_DEPTH) stop(`elements nested deeper than ${MAX_DEPTH}`);
    // Its name is known with its namespace only, when all of its attributes are.
    const open = {
      name: '',
      namespace: '',
      line: parser.line,
      attributes: new Map(),
      children: [],
      text: '',
    };
    stack.push(open);
  });
  parser.on('attribute', ({ name }) => {
    lines.set(name, parser.line);
    if (lines.size > MAX_ATTRIBUTES) stop(`more than ${MAX_ATTRIBUTES} attributes`);
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const open = stack.at(-1);
    if (open === undefined) return;
    open.name = local;
    open.namespace = uri;
    for (const { name, prefix, value } of Object.values(attributes)) {
      if (prefix === '' && name !== 'xmlns')
        open.attributes.set(name, { value, line: lines.get(name) ?? open.line });
    }
  });
  const add = (piece: string) => {
    const open = stack.at(-1);
    if (open !== undefined) open.text += piece;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    const closed = stack.pop();
    if (closed === undefined) return;
    closed.text = closed.text.trim();
    (stack.at(-1)?.children ?? roots).push(closed);
  });

  parser.write(text).close();
  const [root] = roots;
  return root ?? stop('no element');
}

/** The text of bytes that are UTF-8, as XML is where it does not say otherwise. Throws XmlError. */
export function xmlText(bytes: Uint8Array): string {
  if (bytes.length > MAX_XML_BYTES) throw new XmlError(1, `more than ${MAX_XML_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new XmlError(1, 'not UTF-8');
  }
}
