/**
 * Bundles the program: `node src/start/bundle.mjs --outdir=DIR`. esbuild splits it as ES modules, which is the only form
 * that it splits; each chunk is then put into CommonJS for `load.cjs`, which starts it in half the time.
 * What the commands of the main job (plan, apply,
 * teardown, check) always need becomes one chunk: by itself esbuild makes a chunk for each set of entry points that
 * share a module, 50 of them on the way of a plan, and Node takes about 1 ms for each. Packages, and whatever needs one,
 * stay out of it, to be loaded when they are asked for.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, transform } from 'esbuild';

/** By the program's name: where it begins, and the chunk of that. */
const ENTRIES = {
  plumbline: { file: 'src/cli/main.ts', chunk: 'chunks/main' },
  start: { file: 'src/start/main.ts', chunk: 'chunks/start' },
};
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
  entryPoints: Object.fromEntries(Object.values(ENTRIES).map(({ file, chunk }) => [chunk, file])),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
  outdir: values.outdir,
  write: false,
};
const { metafile } = await build({ ...options, metafile: true });
const closures = new Map(
  Object.keys(metafile.inputs).map((file) => [file, closureOf(file, metafile.inputs)]),
);
const core = new Set(MAIN_JOB.flatMap((file) => [...closures.get(file)]));
const { outputFiles } = await build({ ...options, plugins: [oneCore(core, entriesWithCore())] });
const out = resolve(values.outdir);
// What V8 compiled of an earlier build would be taken for that of a chunk of the same length.
rmSync(join(out, 'chunks'), { recursive: true, force: true });
mkdirSync(join(out, 'chunks'), { recursive: true });
await Promise.all(outputFiles.map(writeChunk));
copyFileSync('src/start/load.cjs', join(out, 'load.cjs'));
writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
for (const [name, entry] of Object.entries(ENTRIES)) writeProgram(name, basename(entry.chunk));
precompile();

async function writeChunk({ path, text }) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: options.target,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__url' },
  });
  // In strings esbuild escapes it, and leaves regular expressions and comments alone: `load.cjs` counts on ASCII.
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  writeFileSync(path, code.replace(/[^\0-\x7f]/g, escaped));
}

function writeProgram(name, chunk) {
  const path = join(out, `${name}.js`);
  writeFileSync(
    path,
    `#!/usr/bin/env node\nrequire('./load.cjs').load(__dirname + '/chunks/${chunk}.js');\n`,
  );
  chmodSync(path, 0o755);
}

/**
 * By runs of the main job that touch nothing of this machine: a plan, and an apply in a network namespace that goes with
 * it. Where there is no such thing to be had, or `ip` lacks, less is compiled, and a run that needs more compiles that
 * each time.
 */
function precompile() {
  const aside = mkdtempSync(join(tmpdir(), 'plumbline-build-'));
  const ownNetwork = ['unshare', ...(process.getuid() === 0 ? [] : ['--user', '--map-root-user']), '--net'];
  for (const [command, way] of [
    ['plan', []],
    ['apply', ownNetwork],
  ]) {
    const directory = join(aside, command);
    // Neither this machine's Open vSwitch nor what an earlier build has parsed.
    const places = ['STATE_DIRECTORY', 'RUNTIME_DIRECTORY', 'CACHE_DIRECTORY', 'OVS_RUNDIR'];
    const env = { ...process.env, ...Object.fromEntries(places.map((name) => [name, directory])) };
    mkdirSync(directory);
    const program = ['--require', resolve('src/start/precompile.cjs'), join(out, 'plumbline.js')];
    const options = ['examples/host-classes', '--host', 'kvm-b'];
    const [file, ...words] = [...way, process.execPath, ...program, command, ...options];
    spawnSync(file, words, { env, stdio: 'ignore', timeout: 60_000 });
  }
  rmSync(aside, { recursive: true });
}

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
  const entries = new Set([...Object.values(ENTRIES).map(({ file }) => file), ...dynamic]);
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
