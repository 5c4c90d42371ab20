/**
 * Bundles the program: `node src/start/bundle.mjs --outdir=DIR`. What the commands of the main job (plan, apply,
 * teardown, check) always need becomes one chunk: by itself esbuild makes a chunk for each set of entry points that
 * share a module, 50 of them on the way of a plan, and Node takes about 1 ms for each. Packages, and whatever needs one,
 * stay out of it, to be loaded when they are asked for.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const ENTRIES = { plumbline: 'src/cli/main.ts', start: 'src/start/main.ts' };
/** The commands, and what each of their runs comes to in the end. */
const MAIN_JOB = [
  'src/cli/plan.ts',
  'src/cli/apply.ts',
  'src/cli/teardown.ts',
  'src/cli/check.ts',
  'src/render/plan-text.ts',
  'src/controller/keep-run.ts',
  'src/controller/safety/applied.ts',
  'src/desired/snapshot.ts',
];
/** These begin before it is known what is asked for, or answer without a host. */
const WITHOUT_CORE = new Set(['src/cli/main.ts', 'src/cli/help.ts']);

const { values } = parseArgs({ options: { outdir: { type: 'string', default: 'dist' } } });

process.chdir(new URL('../..', import.meta.url).pathname);
const options = {
  entryPoints: ENTRIES,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
  outdir: values.outdir,
  // Packages in CommonJS ask for Node's own modules by require.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
};
const { metafile } = await build({ ...options, write: false, metafile: true });
const closures = new Map(
  Object.keys(metafile.inputs).map((file) => [file, closureOf(file, metafile.inputs)]),
);
const core = new Set(MAIN_JOB.flatMap((file) => [...closures.get(file)]));
await build({ ...options, plugins: [oneCore(core, entriesWithCore())] });

/** All that a module needs before it runs. */
function closureOf(file, inputs) {
  const closure = new Set([file]);
  for (const one of closure) {
    for (const { path, kind } of inputs[one]?.imports ?? [])
      if (kind === 'import-statement' && path in inputs) closure.add(path);
  }
  return closure;
}

/** Where the program can begin or go on, and is in need of some of the core. */
function entriesWithCore() {
  const dynamic = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.flatMap(({ kind, path }) => (kind === 'dynamic-import' ? [path] : [])),
  );
  const entries = new Set([...Object.values(ENTRIES), ...dynamic]);
  return new Set(
    [...entries].filter(
      (file) => !WITHOUT_CORE.has(file) && [...(closures.get(file) ?? [])].some((one) => core.has(one)),
    ),
  );
}

/** Modules that the same entries reach are one chunk: so each of these reaches all of the core. */
function oneCore(files, entries) {
  return {
    name: 'one-core',
    setup({ onResolve, onLoad }) {
      const imports = [...files].map((file) => `import ${JSON.stringify(resolve(file))};\n`).join('');
      onResolve({ filter: /^plumbline:core$/ }, () => ({ path: 'core', namespace: 'core' }));
      onLoad({ filter: /.*/, namespace: 'core' }, () => ({ contents: imports, resolveDir: process.cwd() }));
      const paths = new Set([...entries].map((file) => resolve(file)));
      onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) =>
        paths.has(path)
          ? { contents: `${await readFile(path, 'utf8')}\nimport 'plumbline:core';\n`, loader: 'ts' }
          : null,
      );
    },
  };
}
