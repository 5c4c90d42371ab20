import { afterEach, beforeEach, expect, test } from 'vitest';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

type Inside = typeof import('./inside.ts');
const INSIDE = 'test/controller/triggers/inside.ts';

describeNeeding(['root'], 'the link monitor', () => {
  let ns: Namespace;
  beforeEach(() => {
    ns = createNamespace();
  });
  afterEach(() => ns?.remove());

  test('misses nothing once it has started', async () => {
    expect(
      await runInNamespace<Inside, 'missesNothingAfterStart'>(
        ns,
        INSIDE,
        'missesNothingAfterStart',
        [800, 5],
      ),
    ).toBe(5);
  });

  test('is started again when it is killed, with an event for what was missed', async () => {
    const troubles = await runInNamespace<Inside, 'survivesAKill'>(ns, INSIDE, 'survivesAKill', []);
    expect(troubles).toEqual(Array(3).fill('ip monitor has ended (SIGKILL) and is started again'));
  });

  test('tells when the kernel dropped messages, and goes on', async () => {
    const { troubles, after } = await runInNamespace<Inside, 'tellsOfAnOverflow'>(
      ns,
      INSIDE,
      'tellsOfAnOverflow',
      [],
    );
    expect(troubles).toEqual([expect.stringContaining('dropped link events')]);
    expect(after).toBe(true);
  });
});
