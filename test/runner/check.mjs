import { run } from '../../src/start/process.mjs';

/** Runs one check: a line when it passes, all that it said when not. */
export async function runCheck(name, argv) {
  const begin = performance.now();
  const { status, output } = await run(argv, { env: process.stdout.isTTY ? { FORCE_COLOR: '1' } : {} });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(` ${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (status !== 0) console.log(output.trimEnd());
  return status === 0;
}

/** Says why nothing can be run, with the last line that every run has. */
export function endWith(words) {
  console.error(words);
  console.log('\n0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
