import { afterEach, beforeEach, expect, test } from 'vitest';
import { DELETION_GROUPS } from '../../../src/model/mark.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

type DeleteModule = typeof import('../../../src/tools/ip/delete.ts');
interface Link {
  ifindex: number;
  ifname: string;
  ifalias?: string;
  group: string;
}

describeNeeding(['root'], 'removal on a real kernel', () => {
  let ns: Namespace;
  beforeEach(() => {
    ns = createNamespace();
    ns.ip('link add name va type veth peer name vb\n');
  });
  afterEach(() => ns?.remove());

  function links(): Link[] {
    return JSON.parse(ns.exec('ip', '-N', '-j', '-d', 'link', 'show'));
  }
  function names(): string[] {
    return links().map((link) => link.ifname);
  }
  function targets(prefix: string): { index: number; name: string }[] {
    return links()
      .filter((link) => link.ifname.startsWith(prefix))
      .map((link) => ({ index: link.ifindex, name: link.ifname }));
  }
  function deleteLinks(list: { index: number; name: string }[]) {
    return runInNamespace<DeleteModule, 'deleteLinks'>(ns, 'src/tools/ip/delete.ts', 'deleteLinks', [list]);
  }
  function macvtaps(count: number, prefix = 'm'): string {
    const line = (i: number) => `link add link va name ${prefix}${i} type macvtap mode vepa\n`;
    return Array.from({ length: count }, (_, i) => line(i)).join('');
  }

  test('1,000 macvtaps go, and nothing else does', async () => {
    ns.ip(`${macvtaps(1000)}link add name stays type bridge\n`);
    const results = await deleteLinks(targets('m'));
    expect(results.size).toBe(1000);
    expect([...results.values()].every((result) => result.ok)).toBe(true);
    expect(names().sort()).toEqual(['lo', 'stays', 'va', 'vb']);
  });

  test('one, two, and three of which one is gone already', async () => {
    ns.ip(macvtaps(6));
    const [m0, m1, m2, m3, m4, m5] = targets('m');
    if (!m0 || !m1 || !m2 || !m3 || !m4 || !m5) throw new Error('six were made');
    expect(await deleteLinks([m0])).toEqual(new Map([[m0.index, { ok: true }]]));
    expect((await deleteLinks([m0, m1])).size).toBe(2);
    expect([...(await deleteLinks([m1, m2, m3, m4])).values()]).toEqual(Array(4).fill({ ok: true }));
    expect(targets('m')).toEqual([m5]);
  });

  test('links with a master, altnames, an alias and a group of their own', async () => {
    ns.ip(
      [
        'link add name br type bridge',
        'tuntap add dev d1 mode tap',
        'link set dev d1 master br alias plumbline:Guest/a/eth0 group 42',
        'link property add dev d1 altname long-name-of-d1',
        'link add name d2 type bridge',
        'link set dev d2 up',
        'link add link va name d3 type macvtap mode bridge',
        '',
      ].join('\n'),
    );
    const results = await deleteLinks(targets('d'));
    expect([...results.values()]).toEqual(Array(3).fill({ ok: true }));
    expect(names().sort()).toEqual(['br', 'lo', 'va', 'vb']);
  });

  test('a stranger that is in a group of the range stays', async () => {
    const marks = [0, 1, 2].map(
      (n) => `link add name s${n} group ${DELETION_GROUPS.first + n} type bridge\n`,
    );
    ns.ip(marks.join('') + macvtaps(5));
    const results = await deleteLinks(targets('m'));
    expect([...results.values()]).toEqual(Array(5).fill({ ok: true }));
    expect(names().sort()).toEqual(['lo', 's0', 's1', 's2', 'va', 'vb']);
  });

  test('where strangers have every group of the range, removal is line by line', async () => {
    const count = DELETION_GROUPS.last - DELETION_GROUPS.first + 1;
    const lines = Array.from(
      { length: count },
      (_, n) => `link add name s${n} group ${DELETION_GROUPS.first + n} type ifb\n`,
    );
    ns.ip(lines.join('') + macvtaps(4));
    await deleteLinks(targets('m'));
    expect(targets('m')).toEqual([]);
    expect(targets('s')).toHaveLength(count);
  });

  test('a stranger that joins the group meanwhile is seen, and another number is taken', async () => {
    ns.ip(`${macvtaps(20)}link add name joiner type bridge\n`);
    const joiner = targets('joiner');
    const joined = await runInNamespace<typeof import('./join-group.ts'), 'deleteWhileJoining'>(
      ns,
      'test/tools/ip/join-group.ts',
      'deleteWhileJoining',
      [targets('m'), 'm0', 'joiner'],
    );
    expect(joined.results.size).toBe(20);
    expect([...joined.results.values()].every((result) => result.ok)).toBe(true);
    expect(joined.groups.length).toBeGreaterThan(0);
    expect(targets('m')).toEqual([]);
    expect(targets('joiner')).toEqual(joiner);
  });

  test('one that cannot be deleted is one failure', async () => {
    ns.ip(macvtaps(10));
    const lo = links().find((link) => link.ifname === 'lo');
    const results = await deleteLinks([...targets('m'), { index: lo?.ifindex ?? 0, name: 'lo' }]);
    const failed = [...results].filter(([, result]) => !result.ok);
    expect(failed).toEqual([[1, { ok: false, message: expect.stringContaining('not supported') }]]);
    expect(results.size).toBe(11);
    expect(targets('m')).toEqual([]);
    // And it is still known for one that was to go.
    expect(links().find((link) => link.ifname === 'lo')?.ifalias).toMatch(/^plumbline:/);
  });
});
