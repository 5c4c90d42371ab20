import { expect, test } from 'vitest';
import { bundleProgram } from '../support/bundle.ts';
import { runProgram } from '../support/program.ts';

test('this V8 knows the two flags, and its young generation stays small by them', async () => {
  const churn = await bundleProgram('test/controller/churn.ts');
  try {
    const free = await runProgram(process.execPath, [churn.file]);
    const small = await runProgram(process.execPath, [churn.file, 'small']);
    expect(small).toMatchObject({ status: 0, stderr: '' });
    expect(Number(small.stdout)).toBeGreaterThan(0);
    expect(Number(small.stdout)).toBeLessThan(Number(free.stdout) / 2);
  } finally {
    await churn.remove();
  }
});
