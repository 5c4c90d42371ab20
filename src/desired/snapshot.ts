import { compareText } from '../model/order.ts';
import type { Problem } from '../model/problem.ts';
import type { Content, TextFile, TextSource } from './source.ts';

/** The texts of a desired directory, by file name relative to it. */
export interface Texts {
  revision: string | null;
  files: Record<string, string>;
}

/** Texts from memory, as `Loaded` wants them. */
export function openSnapshot({ revision, files }: Texts): TextSource {
  return fromMemory(
    revision,
    new Map(Object.entries(files).map(([file, text]) => [file, { is: 'text', bytes: encode(text) }])),
    { problems: [], unreadable: false },
  );
}

/**
 * All that a source holds now, read once: what is loaded from it and what is kept of it are the same, though files of
 * a working tree change meanwhile.
 */
export async function freeze(source: TextSource): Promise<TextSource> {
  const contents = new Map<string, Content>();
  await source.read(source.files, ({ file }, content) => {
    contents.set(file, content);
  });
  return fromMemory(source.revision, contents, source);
}

/** The texts of a source. A file that cannot be read has none: a state with such a file is good for nobody. */
export async function textsOf(source: TextSource): Promise<Texts> {
  const files: Record<string, string> = {};
  await source.read(source.files, ({ file }, content) => {
    if (content.is === 'text') files[file] = decode(content.bytes);
  });
  return { revision: source.revision, files };
}

/** The texts of a working tree, from what was read of it before. */
export function textsIn(contents: ReadonlyMap<string, Uint8Array>): Texts {
  const sorted = [...contents].sort(([a], [b]) => compareText(a, b));
  return { revision: null, files: Object.fromEntries(sorted.map(([file, bytes]) => [file, decode(bytes)])) };
}

function fromMemory(
  revision: string | null,
  contents: ReadonlyMap<string, Content>,
  { problems, unreadable }: { problems: Problem[]; unreadable: boolean },
): TextSource {
  const files: TextFile[] = [...contents.keys()].sort(compareText).map((file) => ({ file, blob: null }));
  return {
    revision,
    problems,
    unreadable,
    files,
    read: (wanted, take) => {
      for (const one of wanted) {
        const content = contents.get(one.file);
        if (content !== undefined) take(one, content);
      }
    },
    textOf: async (file) => {
      const content = contents.get(file);
      return content?.is === 'text' ? decode(content.bytes) : null;
    },
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A byte order mark is kept, so that each column stays where it was. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}
