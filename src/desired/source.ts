import type { Problem } from '../model/problem.ts';

/** Where texts come from: a working tree or a commit. */
export interface TextSource {
  revision: string | null;
  problems: Problem[];
  /** Some of it could not be read. */
  unreadable: boolean;
  /** Sorted by `file`; `blob` is git's id of the content. */
  files: readonly TextFile[];
  /** Hands over each file's bytes, which stay as they are. */
  read(files: readonly TextFile[], take: (file: TextFile, content: Content) => void): Promise<void> | void;
  textOf(file: string): Promise<string | null>;
}

export interface TextFile {
  file: string;
  blob: string | null;
}

/** A text, or why there is none. */
export type Content = { is: 'text'; bytes: Uint8Array } | { is: 'problem'; problem: Problem };
