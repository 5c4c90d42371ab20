import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The directory of the built program, made for this run: tests never meet a stale dist/. */
    program: string;
    /** What the bundler said when there is none. */
    bundleError: string;
  }
}

/** Bundles the program as `npm run build` does, but aside, so that a build meanwhile takes nothing away from under a test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-program-'));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}\n');
  // Tests that do without the built program still run when it cannot be built.
  const error = await promisify(execFile)('npm', [
    'run',
    '--silent',
    'bundle',
    '--',
    `--outdir=${directory}`,
  ]).then(
    () => '',
    (reason: Error) => reason.message,
  );
  project.provide('program', directory);
  project.provide('bundleError', error);
  return () => rm(directory, { recursive: true, force: true });
}
