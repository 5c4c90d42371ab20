import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/start/process.mjs';

/**
 * Runs the tests, failures shown in full, and counts them.
 * @param {string[]} filters names of test files; all when empty
 * @param {string[]} skip needs that tests have to do without
 */
export async function runTests(filters, skip) {
  // All temporary files of the tests are in here, so that a run that is killed leaves none. Short: paths of sockets are.
  const directory = mkdtempSync(join(tmpdir(), 'plr-'));
  // Tests that run as another user read what others wrote.
  chmodSync(directory, 0o755);
  const report = join(directory, 'report.json');
  try {
    const argv = ['node_modules/.bin/vitest', 'run', '--config', 'test/vitest.config.ts', ...filters];
    argv.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
    const { status } = await run(argv, {
      show: true,
      env: { PLUMBLINE_TEST_SKIP: skipped(skip), TMPDIR: directory },
    });
    return counts(report, status);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function skipped(skip) {
  return [...new Set([...(process.env.PLUMBLINE_TEST_SKIP ?? '').split(','), ...skip])]
    .filter(Boolean)
    .join(',');
}

function counts(report, status) {
  let json;
  try {
    json = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that does not even load has no tests to count, and neither has an error outside of any test.
  const broken = json.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = json.numFailedTests + broken.length;
  return {
    passed: json.numPassedTests,
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: json.numPendingTests + json.numTodoTests,
  };
}
