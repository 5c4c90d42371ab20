import { describe, expect, test } from 'vitest';
import { failedLines, judgeKernel } from '../../../src/controller/doctor/kernel-features.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { withNamespace } from '../../support/netns.ts';
import { NEEDS, NO_NEEDS } from './sample-subjects.ts';

type Module = typeof import('../../../src/controller/doctor/kernel-features.ts');

describe('kernel features', () => {
  test('only what the documents need is missed', () => {
    const missing = new Map([
      ['macvtap', 'Error: Unknown device type.'],
      ['openvswitch', 'no module'],
    ] as const);
    expect(judgeKernel({ missing, untried: null }, NEEDS)).toMatchObject([
      { code: 'kernel-feature-missing', severity: 'error', found: 'Error: Unknown device type.' },
      { code: 'kernel-feature-missing', hint: expect.stringContaining('netdev') },
    ]);
    expect(judgeKernel({ missing, untried: null }, { ...NEEDS, ovsKernel: false })).toHaveLength(1);
    expect(judgeKernel({ missing, untried: null }, NO_NEEDS)).toEqual([]);
  });

  test('what could not be tried is a warning', () => {
    const facts = { missing: new Map(), untried: 'unshare: Operation not permitted' };
    expect(judgeKernel(facts, NEEDS)).toMatchObject([
      { code: 'kernel-features-unknown', severity: 'warning' },
    ]);
    expect(judgeKernel(facts, NO_NEEDS)).toEqual([]);
  });

  test('the words of ip belong to the line that they stand before', () => {
    const stderr =
      'Error: Unknown device type.\nCommand failed -:1\nopen: No such file\nCommand failed -:2\n';
    expect([...failedLines(stderr)]).toEqual([
      [1, 'Error: Unknown device type.'],
      [2, 'open: No such file'],
    ]);
    expect(failedLines('unshare: unshare failed: Operation not permitted\n').size).toBe(0);
  });

  test('this kernel makes all three, and none is left where it was asked', async () => {
    await withNamespace(async (namespace) => {
      const path = 'src/controller/doctor/kernel-features.ts';
      const { missing, untried } = await runInNamespace<Module, 'readKernel'>(namespace, path, 'readKernel', [
        '/',
      ]);
      expect(untried).toBeNull();
      expect([...missing.keys()].filter((feature) => feature !== 'openvswitch')).toEqual([]);
      expect(namespace.exec('ip', '-o', 'link')).not.toContain('probe-');
    });
  });
});
