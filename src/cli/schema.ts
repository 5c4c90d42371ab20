import { nearest } from '../model/nearest.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline schema [KIND]`: prints the JSON Schema of one kind of document, or of whichever a document is. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { kind } = parseOptions('schema', argv);
  const { anyDocumentSchema, documentKinds, documentSchema, isDocumentKind } = await import(
    '../desired/json-schema.ts'
  );
  if (kind === null) {
    io.stdout.write(`${JSON.stringify(anyDocumentSchema(), null, 2)}\n`);
    return EXIT.ok;
  }
  if (!isDocumentKind(kind)) {
    const meant = nearest(kind, documentKinds);
    const kinds = `the kinds are ${documentKinds.join(', ')}`;
    throw new UsageError(
      'schema',
      `there is no kind '${kind}'`,
      meant === null ? kinds : `did you mean ${meant}?`,
    );
  }
  io.stdout.write(`${JSON.stringify(documentSchema(kind), null, 2)}\n`);
  return EXIT.ok;
}
