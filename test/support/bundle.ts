import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles a module of the tests into a program of its own, for code that must run in another process. */
export async function bundleProgram(entry: string): Promise<{ file: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'plumbline-bundle-'));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}\n');
  const file = join(directory, 'program.js');
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    outfile: file,
    logLevel: 'silent',
    // Packages in CommonJS ask for Node's own modules by require.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return { file, remove: () => rm(directory, { recursive: true, force: true }) };
}
