import { readFileSync } from 'node:fs';
import { documentText } from '../libvirt-import/document-text.ts';
import { type Import, importFiles } from '../libvirt-import/import-files.ts';
import { importedHost } from '../libvirt-import/imported-host.ts';
import { judge } from '../libvirt-import/judge.ts';
import type { Note } from '../libvirt-import/notes.ts';
import { type OutDirectory, openOut, write } from '../libvirt-import/out-directory.ts';
import { type InputFile, parseFile } from '../libvirt-import/parsed-file.ts';
import { printable } from '../render/printable.ts';
import { messageOf } from '../tools/result.ts';
import { LibvirtUnreachable } from '../tools/virsh/connection.ts';
import { EXIT, ExitError, UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';

/**
 * `plumbline libvirt import [FILE…]`: documents for what libvirt has on a host, to standard output or beside those in a
 * directory; on standard error a line for each thing that is not carried over.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('libvirt import', argv);
  const { connect, files } = options;
  if ((connect === null) === (files.length === 0)) {
    const what =
      connect === null ? 'neither files nor --connect URI were given' : 'files and --connect were given';
    throw new UsageError('libvirt import', what, 'give files, or --connect URI');
  }
  const { inputs, hostname, unread } = await readInputs(options, io);
  const out = options.out === null ? null : await openOut(options.out);
  const { host, name, how } = importedHost({
    option: options.host,
    hostname,
    env: io.env,
    fleet: out?.fleet ?? null,
  });
  if (options.host === null) io.stderr.write(`For host ${printable(host, io.unicode)} (${how})\n`);
  const result = await importFiles(inputs.map(parseFile), {
    host,
    hostname: name,
    existing: out?.fleet ?? null,
    judge: (documents) => judge(documents, out?.texts ?? {}),
  });
  const notes = [...unread, ...result.notes];
  for (const note of notes) io.stderr.write(`${printable(noteLine(note), io.unicode)}\n`);
  give(result, out, io);
  return notes.some(({ refused }) => refused) ? EXIT.failed : EXIT.ok;
}

function noteLine({ file, line, element, reason, refused }: Note): string {
  return `${file}:${line}: ${element}: ${refused ? 'refused: ' : ''}${reason}`;
}

interface Inputs {
  inputs: InputFile[];
  /** The name of the machine whose libvirt was asked; null for files. */
  hostname: string | null;
  /** Files that could not be read. */
  unread: Note[];
}

async function readInputs({ connect, files }: Options<'libvirt import'>, { env }: Io): Promise<Inputs> {
  if (connect !== null) {
    const { readConnection } = await import('../libvirt-import/connection.ts');
    try {
      const { files: inputs, hostname } = await readConnection(connect, env);
      return { inputs, hostname, unread: [] };
    } catch (error) {
      if (!(error instanceof LibvirtUnreachable)) throw error;
      throw new ExitError(EXIT.failed, `${connect} does not answer: ${error.message}`);
    }
  }
  const read: Inputs = { inputs: [], hostname: null, unread: [] };
  for (const file of new Set(files)) {
    try {
      read.inputs.push({ file, bytes: readFileSync(file) });
    } catch (error) {
      read.unread.push({ file, line: 1, element: 'file', reason: messageOf(error), refused: true });
    }
  }
  return read;
}

function give({ documents }: Import, out: OutDirectory | null, io: Io): void {
  if (out === null) {
    io.stdout.write(documents.map(documentText).join('---\n'));
    return;
  }
  for (const { file, is } of write(out, documents))
    io.stdout.write(`${printable(file, io.unicode)}: ${is}\n`);
  if (documents.length === 0) io.stderr.write('There is nothing that is not there already.\n');
}
