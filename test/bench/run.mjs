/**
 * `npm run bench`: bundles the program and the bench aside, so that neither a build in the tree nor a stale dist
 * decides what is measured, and runs the bench. Plain JavaScript, as Node 20 starts no TypeScript.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.chdir(new URL('../..', import.meta.url).pathname);
const directory = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
// dnsmasq gives up root, and has files below.
chmodSync(directory, 0o711);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
// The child has the signal from the terminal too, and ends only after its namespaces are removed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

// Where a machine sets it for all, each start of Node reads those certificates first: 60 ms that are not the program's.
if (process.env.NODE_EXTRA_CA_CERTS !== undefined) {
  process.stdout.write(
    'Measured without NODE_EXTRA_CA_CERTS, which is set here and makes every start of Node longer.\n',
  );
  delete process.env.NODE_EXTRA_CA_CERTS;
}

process.exitCode = await main();

async function main() {
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n');
  const bundled = await run('npm', [
    'run',
    '--silent',
    'bundle',
    '--',
    `--outdir=${join(directory, 'dist')}`,
  ]);
  if (bundled !== 0) return bundled;
  const { build } = await import('esbuild');
  await build({
    entryPoints: { main: 'test/bench/main.ts', probe: 'test/bench/probe.ts', least: 'test/bench/least.ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    outdir: directory,
    external: ['vitest'],
    logLevel: 'warning',
  });
  return run(process.execPath, [join(directory, 'main.js'), ...process.argv.slice(2)]);
}

function run(file, argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
}
