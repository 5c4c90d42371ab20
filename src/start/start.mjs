/**
 * `npm start`: the main job, seen from beginning to end, on a machine that may have nothing but Node, git and iproute2.
 * Plain JavaScript without dependencies, as it is what installs and builds the rest.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeVersionProblem, npmPackages } from './packages.mjs';
import { run } from './process.mjs';

const TOUR = 'dist/start.js';

/** Whether the built tour is younger than all that it is built from. */
function isBuilt() {
  try {
    const built = statSync(TOUR).mtimeMs;
    const sources = readdirSync('src', { recursive: true }).map((name) => join('src', name));
    return [...sources, 'package.json'].every((path) => statSync(path).mtimeMs <= built);
  } catch {
    return false;
  }
}

async function prepare() {
  const tooOld = nodeVersionProblem();
  if (tooOld) return tooOld;
  const installed = await npmPackages();
  if (!installed.ok) return installed.words;
  if (isBuilt()) return null;
  console.log('Building (npm run build)');
  const { status, output } = await run(['npm', 'run', '--silent', 'build']);
  return status === 0 ? null : `the build failed:\n${output}`;
}

process.chdir(new URL('../..', import.meta.url).pathname);
const problem = await prepare();
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  const { status } = await run([process.execPath, TOUR, ...process.argv.slice(2)], { show: true });
  process.exitCode = status;
}
