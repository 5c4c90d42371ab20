import type { Problem } from '../model/problem.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Puts U+FFFD where a byte makes no sense. */
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

/** A file's text. One with a NUL byte or a malformed UTF-8 sequence is no text; what a part of it means is not guessed. */
export function textOf(file: string, bytes: Uint8Array): string | Problem {
  const nul = bytes.indexOf(0);
  if (nul >= 0) return noText(file, bytes, nul, 'a NUL byte');
  try {
    return UTF8.decode(bytes);
  } catch {
    return noText(file, bytes, firstMalformed(bytes), 'bytes that are no UTF-8');
  }
}

/** Where the text, decoded and encoded again, is no longer the same. */
function firstMalformed(bytes: Uint8Array): number {
  const again = new TextEncoder().encode(LENIENT.decode(bytes));
  return Math.max(
    0,
    bytes.findIndex((byte, index) => byte !== again[index]),
  );
}

/** `offset` is that of the first byte that no text has. */
function noText(file: string, bytes: Uint8Array, offset: number, found: string): Problem {
  // Columns count as those of a text do, a byte order mark not among them.
  const lines = new TextDecoder().decode(bytes.subarray(0, offset)).split('\n');
  return {
    code: 'not-text',
    severity: 'error',
    message: 'the file is no text',
    source: { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
    found,
    expected: 'YAML in UTF-8',
  };
}
