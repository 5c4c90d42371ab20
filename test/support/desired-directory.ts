import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of the running test's own, gone after it. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes files below a scratch directory and returns it. */
export function desiredDirectory(files: Record<string, string | Uint8Array>): string {
  const directory = scratch();
  writeFiles(directory, files);
  return directory;
}

export function writeFiles(directory: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** A document's text; `spec` is YAML in flow style, which may go over lines. */
export function document(kind: string, name: string, spec: string): string {
  return `apiVersion: plumbline/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}
