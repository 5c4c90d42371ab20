import { readFileSync } from 'node:fs';
import { run } from './process.mjs';

/** The sentence to say when this Node is older than package.json asks for, null when it is not. */
export function nodeVersionProblem() {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);
  const [hasMajor, hasMinor] = process.versions.node.split('.').map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return null;
  return `Plumbline needs Node ${engines.node}; this is ${process.versions.node}.`;
}

/** Installs what package-lock.json says, unless node_modules holds just that. */
export async function npmPackages() {
  if (upToDate()) return { ok: true, words: '' };
  console.log('Installing npm packages (npm ci)');
  const { status, output } = await run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
  return { ok: status === 0, words: `npm ci failed:\n${output}` };
}

/** npm leaves a lock file of what it installed; packages for other platforms are missing in it, and nothing else may be. */
function upToDate() {
  try {
    const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
    const present = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages;
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || present[path]?.version === version || (optional === true && !present[path]),
    );
  } catch {
    return false;
  }
}
