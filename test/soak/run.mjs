/**
 * `npm run soak`: bundles the program and the soak aside, as the bench does, and runs it. $PLUMBLINE_SOAK_SECONDS is how
 * long, 600 if left out. Plain JavaScript, as Node 20 starts no TypeScript.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

process.chdir(new URL('../..', import.meta.url).pathname);
const directory = mkdtempSync(join(tmpdir(), 'plumbline-soak-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
// The child has the signal from the terminal too, and ends only after its namespace is removed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.exitCode = await main();

async function main() {
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n');
  const dist = join(directory, 'dist');
  const bundled = await run('npm', ['run', '--silent', 'bundle', '--', `--outdir=${dist}`]);
  if (bundled !== 0) return bundled;
  await build({
    entryPoints: ['test/soak/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    outdir: directory,
    logLevel: 'warning',
  });
  return run(process.execPath, [join(directory, 'main.js'), directory]);
}

function run(file, argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
}
