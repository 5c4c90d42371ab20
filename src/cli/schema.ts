import { nearest } from '../model/nearest.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline schema [KIND]`: prints the JSON Schema of one kind of document, or of whichever a document is. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { argument } = parseOptions('schema', argv);
  const { anyDocumentSchema, documentKinds, documentSchema, isDocumentKind } = await import(
    '../desired/json-schema.ts'
  );
  if (argument === null) {
    io.stdout.write(`${JSON.stringify(anyDocumentSchema(), null, 2)}\n`);
    return EXIT.ok;
  }
  if (!isDocumentKind(argument)) {
    const meant = nearest(argument, documentKinds);
    const kinds = `the kinds are ${documentKinds.join(', ')}`;
    throw new UsageError(
      'schema',
      `there is no kind '${argument}'`,
      meant === null ? kinds : `did you mean ${meant}?`,
    );
  }
  io.stdout.write(`${JSON.stringify(documentSchema(argument), null, 2)}\n`);
  return EXIT.ok;
}
