import { readdirSync, readFileSync } from 'node:fs';
import { check } from '../../src/check/check.ts';
import { loadTexts } from '../../src/desired/load.ts';
import { openSnapshot } from '../../src/desired/snapshot.ts';
import { documentText } from '../../src/libvirt-import/document-text.ts';
import { type Import, importFiles } from '../../src/libvirt-import/import-files.ts';
import { fileTexts, judge } from '../../src/libvirt-import/judge.ts';
import { parseFile } from '../../src/libvirt-import/parsed-file.ts';

const CORPUS = new URL('corpus/', import.meta.url);

/** XML that a libvirt could have, by file name. */
export function corpus(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(CORPUS)
      .sort()
      .map((file) => [file, readFileSync(new URL(file, CORPUS), 'utf8')]),
  );
}

/** What a host's files come to beside documents that stand. */
export interface Imported extends Import {
  /** All that then stands, by file. */
  texts: Record<string, string>;
  /** `FILE:LINE element reason`, refusals with `!` before them. */
  lines: string[];
}

export async function imported(
  xml: Readonly<Record<string, string>>,
  standing: Readonly<Record<string, string>> = {},
  host = 'kvm-a',
  judged = true,
): Promise<Imported> {
  const encode = new TextEncoder();
  const files = Object.entries(xml).map(([file, text]) => parseFile({ file, bytes: encode.encode(text) }));
  const existing = Object.keys(standing).length === 0 ? null : (await fleetOf(standing)).fleet;
  const result = await importFiles(files, {
    host,
    hostname: null,
    existing,
    judge: async (documents) => (judged ? judge(documents, standing) : []),
  });
  return {
    ...result,
    texts: { ...standing, ...Object.fromEntries(fileTexts(result.documents, standing)) },
    lines: result.notes.map(
      ({ file, line, element, reason, refused }) =>
        `${refused ? '!' : ''}${file}:${line} ${element} ${reason}`,
    ),
  };
}

/** The documents of texts, and what `check` says of them. */
export async function fleetOf(files: Readonly<Record<string, string>>) {
  const { fleet, problems } = await loadTexts('test', openSnapshot({ revision: null, files: { ...files } }), {
    cache: null,
  });
  return { fleet, problems: [...problems, ...check(fleet)] };
}

/** One text of all documents, as standard output has it. */
export function allText({ documents }: Import): string {
  return documents.map(documentText).join('---\n');
}
