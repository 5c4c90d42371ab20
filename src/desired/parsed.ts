import type { Problem, Source } from '../model/problem.ts';
import type { DocumentKind } from './documents.ts';

/** A valid document as plain data. */
export interface RawDocument {
  apiVersion: string;
  kind: DocumentKind;
  metadata: { name: string; labels?: Record<string, string> };
  /** Of the shape that `documentSchemas[kind]` states. */
  spec: unknown;
}

/** As the cache keeps it: without its file's name, since it is found by its text. */
export interface ParsedDocument {
  raw: RawDocument;
  /** Of `raw`; see positions.ts. */
  positions: string;
}

/** What one file's text says. */
export interface ParsedFile {
  documents: ParsedDocument[];
  problems: Problem[];
  /** `Kind/name` of documents that had problems. */
  broken: string[];
  /** Text that could not even be told to be this or that document. */
  unreadable: boolean;
  /** What a Fleet document asks for, be it valid or not. */
  minVersion: { version: string; source: Source } | null;
}
