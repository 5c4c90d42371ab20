/** An XML element to be printed: attributes in their order, then children. libvirt's formats that we write have no text but names. */
export interface Element {
  name: string;
  attributes?: Readonly<Record<string, string>>;
  children?: readonly (Element | string)[];
}

/** Two spaces for each level, as libvirt prints it; ends with a newline. */
export function printElement({ name, attributes = {}, children = [] }: Element, indent = ''): string {
  const words = [name, ...Object.entries(attributes).map(([key, value]) => `${key}='${escapeXml(value)}'`)];
  const start = `${indent}<${words.join(' ')}`;
  const [first] = children;
  if (first === undefined) return `${start}/>\n`;
  if (typeof first === 'string') return `${start}>${escapeXml(first)}</${name}>\n`;
  const inner = children.map((child) =>
    typeof child === 'string' ? `${indent}  ${escapeXml(child)}\n` : printElement(child, `${indent}  `),
  );
  return `${start}>\n${inner.join('')}${indent}</${name}>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
