import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../src/start/process.mjs';

/** Where test/support/newer-nodes.ts looks for them too. `npm ci` clears it away. */
const NODES = resolve('node_modules/.cache/plumbline-nodes');
/** The lines of Node after the oldest that the program runs on. */
const VERSIONS = ['22.23.3', '24.21.0', '26.10.0'];

/**
 * Later Nodes than the one that runs the tests, from npm's registry: packages of the Node project's programs as they are.
 * @returns {Promise<string>} why they are not there; empty if they are
 */
export async function newerNodes() {
  const nodes = VERSIONS.map((version) => ({ version, name: `node-${version.split('.')[0]}` }));
  if (nodes.every(({ name, version }) => versionOf(join(NODES, name)) === version)) return '';
  mkdirSync(join(NODES, '..'), { recursive: true });
  const directory = mkdtempSync(join(NODES, '..', 'new-'));
  try {
    const packages = nodes.map(
      ({ name, version }) => `${name}@npm:node-${process.platform}-${process.arch}@${version}`,
    );
    console.log(`Fetching Node ${VERSIONS.join(', ')} (npm install)`);
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
    const { status, output } = await run(['npm', 'install', ...quiet, '--prefix', directory, ...packages]);
    if (status !== 0) throw new Error(`npm install failed: ${output}`);
    rmSync(NODES, { recursive: true, force: true });
    renameSync(join(directory, 'node_modules'), NODES);
    return '';
  } catch (error) {
    return error.message.trim();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of an installed package; null if it is not there. */
function versionOf(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).version;
  } catch {
    return null;
  }
}
