import * as z from 'zod';
import { type DocumentKind, documentSchemas } from './documents.ts';

/** JSON Schema as editors read it: draft-07. */
export type JsonSchema = Record<string, unknown>;

const DRAFT = 'http://json-schema.org/draft-07/schema#';

const WORDS: Record<DocumentKind, string> = {
  Fleet: 'Settings of the whole fleet; at most one.',
  Network: 'A name that guests use, and what holds for it on every host.',
  Host: 'A host, and what each network is on it.',
  HostClass: 'What many hosts share.',
  Guest: 'A guest and its network interfaces.',
  Placement: 'Where a guest is, apart from its definition.',
};

export function isDocumentKind(text: string): text is DocumentKind {
  return Object.hasOwn(documentSchemas, text);
}

export const documentKinds: readonly DocumentKind[] = Object.keys(documentSchemas).filter(isDocumentKind);

/** The schema of one kind. */
export function documentSchema(kind: DocumentKind): JsonSchema {
  return { $schema: DRAFT, title: `Plumbline ${kind}`, description: WORDS[kind], ...bodyOf(kind) };
}

/** The schema of any document: `kind` chooses, so that an editor tells what is wrong with the kind that was meant. */
export function anyDocumentSchema(): JsonSchema {
  return {
    $schema: DRAFT,
    title: 'Plumbline document',
    description: 'One document of a desired directory.',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { const: 'plumbline/v1' },
      kind: { enum: documentKinds },
    },
    allOf: documentKinds.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions: Object.fromEntries(
      documentKinds.map((kind) => [kind, { title: kind, description: WORDS[kind], ...bodyOf(kind) }]),
    ),
  };
}

function bodyOf(kind: DocumentKind): JsonSchema {
  const { $schema: _, ...body } = z.toJSONSchema(documentSchemas[kind], { target: 'draft-7', io: 'input' });
  return body;
}
