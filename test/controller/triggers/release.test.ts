import { afterEach, beforeEach, expect, test } from 'vitest';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace, uniqueIndex } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

type Inside = typeof import('./release-inside.ts');
const INSIDE = 'test/controller/triggers/release-inside.ts';

describeNeeding(['root'], 'a device that is waited for', () => {
  let ns: Namespace;
  beforeEach(() => {
    ns = createNamespace();
    ns.ip('link add name va type veth peer name vb\nlink set dev va up\nlink set dev vb up\n');
  });
  afterEach(() => ns?.remove());

  function makeMacvtap(name: string): number {
    const index = uniqueIndex();
    ns.ip(`link add link va name ${name} index ${index} type macvtap mode bridge\nlink set dev ${name} up\n`);
    return index;
  }

  test('a macvtap is told when it is let go, and not while another is', async () => {
    const devices = ['m0', 'm1'].map((name) => ({
      name,
      index: makeMacvtap(name),
      type: 'macvtap' as const,
    }));
    expect(await runInNamespace<Inside, 'releaseInTurn'>(ns, INSIDE, 'releaseInTurn', [devices])).toEqual([
      1, 2,
    ]);
  });

  test('a tap that is down is told too, for which the kernel sends nothing', async () => {
    ns.ip('tuntap add dev t0 mode tap\n');
    const index = Number(ns.exec('cat', '/sys/class/net/t0/ifindex'));
    const devices = [{ name: 't0', index, type: 'tap' as const }];
    expect(await runInNamespace<Inside, 'releaseInTurn'>(ns, INSIDE, 'releaseInTurn', [devices])).toEqual([
      1,
    ]);
  });

  test('nothing is looked at when nothing is waited for', async () => {
    const device = { name: 'm0', index: makeMacvtap('m0'), type: 'macvtap' as const };
    expect(await runInNamespace<Inside, 'looksToCome'>(ns, INSIDE, 'looksToCome', [device])).toEqual({
      atFirst: 0,
      held: 1,
      nothing: 0,
      holderUnknown: 0,
      closed: 0,
    });
  });

  test('what is waited for may change at any time', async () => {
    const devices = ['m0', 'm1'].map((name) => ({
      name,
      index: makeMacvtap(name),
      type: 'macvtap' as const,
    }));
    expect(await runInNamespace<Inside, 'changesItsMind'>(ns, INSIDE, 'changesItsMind', [devices])).toBe(1);
  });
});
