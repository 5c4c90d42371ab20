/**
 * `npm test`: everything that a change must pass, on a machine that may have nothing but Node. Plain JavaScript without
 * dependencies, as it is what installs them.
 */
import { nodeVersionProblem, npmPackages } from '../src/start/packages.mjs';
import { endWith, runCheck } from './runner/check.mjs';
import { machinePackages } from './runner/machine.mjs';
import { runTests } from './runner/vitest.mjs';

const bin = (name) => `node_modules/.bin/${name}`;

/** Passed or failed as a whole, as each check is. It comes first, as it makes files anew in the tree. */
const BUILD = { name: 'build', argv: ['npm', 'run', '--silent', 'build'] };

/** These only read, and so run side by side: the first takes longer than the others together. */
const CHECKS = [
  { name: 'types', argv: [bin('tsc'), '--noEmit'] },
  { name: 'style', argv: [bin('biome'), 'check', '--error-on-warnings', '--max-diagnostics=50'] },
  { name: 'unused code', argv: [bin('knip'), '--no-config-hints'] },
  {
    name: 'layers',
    argv: [bin('depcruise'), 'src', '--config', 'test/architecture/imports.mjs', '--output-type', 'err'],
  },
];

process.chdir(new URL('..', import.meta.url).pathname);
const filters = process.argv.slice(2);

const tooOld = nodeVersionProblem();
if (tooOld) endWith(tooOld);
const installed = await npmPackages();
if (!installed.ok) endWith(installed.words);
const skip = await machinePackages();

const total = { passed: 0, failed: 0, skipped: 0 };
// With names of tests on the command line only those run: that is for work on them.
if (filters.length === 0) {
  const check = async ({ name, argv }) => {
    const passed = await runCheck(name, argv);
    total[passed ? 'passed' : 'failed'] += 1;
  };
  await check(BUILD);
  await Promise.all(CHECKS.map(check));
}
const tests = await runTests(filters, skip);
for (const key of Object.keys(total)) total[key] += tests[key];

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
