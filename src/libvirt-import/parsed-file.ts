import { readXml, XmlError, xmlText } from '../tools/xml.ts';
import { survey } from './census.ts';
import type { LibvirtDomain } from './libvirt-domain.ts';
import type { LibvirtNetwork } from './libvirt-network.ts';
import { type Node, type Place, Refused, Remarks } from './notes.ts';
import { carriedType, interfacesOf, readDomain } from './read-domain.ts';
import { readNetwork } from './read-network.ts';

/** A text to import, and what it is called in notes. */
export interface InputFile {
  file: string;
  bytes: Uint8Array;
}

export type ParsedFile = { file: string; remarks: readonly (Place & { reason: string })[] } & (
  | { is: 'network'; network: LibvirtNetwork }
  | { is: 'domain'; domain: LibvirtDomain }
  | { is: 'refused'; place: Place; reason: string }
);

/** What a file says, with what of it is not carried; or why nothing of it is. */
export function parseFile({ file, bytes }: InputFile): ParsedFile {
  const remarks = new Remarks();
  try {
    const xml = readXml(xmlText(bytes));
    const node: Node = { xml, path: xml.name };
    if (xml.namespace === '' && xml.name === 'network') {
      const network = readNetwork(node);
      survey(node, remarks);
      return { is: 'network', file, network, remarks: remarks.all };
    }
    if (xml.namespace === '' && xml.name === 'domain') {
      const domain = readDomain(node);
      // Of an interface that is not carried, that is told of the whole of it.
      for (const one of interfacesOf(node)) if (carriedType(one) !== null) survey(one, remarks);
      return { is: 'domain', file, domain, remarks: remarks.all };
    }
    throw new Refused(
      { line: xml.line, element: xml.name },
      'it is neither a network nor a domain of libvirt',
    );
  } catch (error) {
    if (error instanceof Refused)
      return { is: 'refused', file, place: error.place, reason: error.message, remarks: [] };
    if (error instanceof XmlError) {
      const place = { line: error.line, element: 'xml' };
      return { is: 'refused', file, place, reason: error.message, remarks: [] };
    }
    throw error;
  }
}
