import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IpStep } from '../../../src/tools/ip/batch.ts';
import type { StepResult } from '../../../src/tools/result.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

type BatchModule = typeof import('../../../src/tools/ip/batch.ts');

describeNeeding(['root'], 'ip batches on a real kernel', () => {
  let ns: Namespace;
  beforeAll(() => {
    ns = createNamespace();
    ns.ip('link add name va type veth peer name vb\n');
  });
  afterAll(() => ns?.remove());

  function batch(
    steps: IpStep[],
    options: { maxLines?: number; following?: IpStep[] } = {},
  ): Promise<Map<string, StepResult>> {
    return runInNamespace<BatchModule, 'runBatch'>(ns, 'src/tools/ip/batch.ts', 'runBatch', [steps, options]);
  }

  function bridge(name: string): IpStep {
    return { key: name, lines: [`link add name ${name} type bridge`] };
  }

  function names(): string[] {
    const links: { ifname: string }[] = JSON.parse(ns.exec('ip', '-j', 'link', 'show'));
    return links.map((link) => link.ifname);
  }

  function failures(results: Map<string, StepResult>): Record<string, string> {
    const failed: Record<string, string> = {};
    for (const [key, result] of results) if (!result.ok) failed[key] = result.message;
    return failed;
  }

  test('a line that the kernel refuses fails its step and no other', async () => {
    const results = await batch([
      bridge('k1'),
      { key: 'again', lines: ['link add name k1 type bridge', 'link set dev lo group 0'] },
      { key: 'gone', lines: ['link set dev lo group 0', 'link set dev nowhere up'] },
      bridge('k2'),
    ]);
    expect(failures(results)).toEqual({
      again: 'RTNETLINK answers: File exists',
      gone: 'Cannot find device "nowhere"',
    });
    expect(names()).toEqual(expect.arrayContaining(['k1', 'k2']));
  });

  /** Each ends ip at once, without a line number. */
  const ABORTING: Record<string, { line: string; message: RegExp }> = {
    'an unknown master': { line: 'link set dev lo master nowhere', message: /nowhere/ },
    'a bad MAC': { line: 'link set dev lo address zz:zz', message: /zz/ },
    'an unknown user': {
      line: 'tuntap add dev tx mode tap user no-such-user-here',
      message: /no-such-user-here/,
    },
    'a bad MTU': { line: 'link set dev lo mtu many', message: /many/ },
    'a name that is too long': {
      line: 'link add name abcdefghijklmnopq type bridge',
      message: /abcdefghijklmnopq/,
    },
    'an unknown word': { line: 'link set dev lo frobnicate', message: /frobnicate|garbage|either/ },
  };

  for (const [what, { line, message }] of Object.entries(ABORTING)) {
    test(`${what} in the middle costs only its own step, and no line is given twice`, async () => {
      const id = Object.keys(ABORTING).indexOf(what);
      const before = Array.from({ length: 30 }, (_, i) => bridge(`a${id}-${i}`));
      const after = Array.from({ length: 30 }, (_, i) => bridge(`b${id}-${i}`));
      const culprit = {
        key: 'culprit',
        lines: ['link set dev lo group 0', line, `link add name c${id} type bridge`],
      };
      const results = await batch([...before, culprit, ...after]);
      expect(results.size).toBe(61);
      expect(Object.keys(failures(results))).toEqual(['culprit']);
      expect(failures(results).culprit).toMatch(message);
      const standing = new Set(names());
      for (const step of [...before, ...after]) expect(standing).toContain(step.key);
    });
  }

  test('aborts in a row, at the start and at the end, are each found', async () => {
    const bad = (key: string) => ({ key, lines: ['link set dev lo master nowhere'] });
    const results = await batch([bad('x1'), bad('x2'), bridge('row'), bad('x3')]);
    expect(Object.keys(failures(results))).toEqual(['x1', 'x2', 'x3']);
    expect(results.get('row')).toEqual({ ok: true });
  });

  test('a soft failure before an abort in the same process keeps its own words', async () => {
    const results = await batch([
      { key: 'soft', lines: ['link set dev nowhere up'] },
      { key: 'hard', lines: ['link set dev lo master missing'] },
      { key: 'both', lines: ['link set dev nothing up', 'link set dev lo master missing'] },
    ]);
    expect(failures(results)).toEqual({
      soft: 'Cannot find device "nowhere"',
      hard: expect.stringContaining('missing'),
      both: 'Cannot find device "nothing"',
    });
  });

  test('empty steps succeed, alone and among others', async () => {
    expect(await batch([{ key: 'nothing', lines: [] }])).toEqual(new Map([['nothing', { ok: true }]]));
    const results = await batch([{ key: 'nothing', lines: [] }, bridge('e1')]);
    expect(failures(results)).toEqual({});
    expect(results.size).toBe(2);
  });

  test('3,000 lines in several processes, with an abort in one of them', async () => {
    const steps = Array.from({ length: 1500 }, (_, i) => ({
      key: `s${i}`,
      lines: [
        'link set dev va group 7',
        i === 777 ? 'link set dev va master nowhere' : 'link set dev va group 8',
      ],
    }));
    const results = await batch(steps);
    expect(results.size).toBe(1500);
    expect(Object.keys(failures(results))).toEqual(['s777']);
  });

  test('a tap is built under an unsayable name and published by one line; a taken name leaves the stranger alone', async () => {
    ns.ip('link add name taken type bridge\n');
    const results = await batch([
      {
        key: 'tap',
        lines: [
          'tuntap add dev ~1 mode tap user 1000 group 1000',
          'link set dev ~1 name web1-eth0 alias plumbline:Guest/web1/eth0 up',
        ],
      },
      {
        key: 'clash',
        lines: [
          'tuntap add dev ~2 mode tap',
          'link set dev ~2 name taken alias plumbline:Guest/web2/eth0 up',
        ],
      },
      {
        key: 'grouped',
        lines: ['link add link va name db1-eth0 group 1886153058 type macvtap mode vepa'],
      },
    ]);
    expect(Object.keys(failures(results))).toEqual(['clash']);
    const links: { ifname: string; ifalias?: string; group: string }[] = JSON.parse(
      ns.exec('ip', '-j', '-d', 'link', 'show'),
    );
    const of = (name: string) => links.find((link) => link.ifname === name);
    expect(of('web1-eth0')?.ifalias).toBe('plumbline:Guest/web1/eth0');
    expect(of('taken')?.ifalias).toBeUndefined();
    expect(of('~2')?.ifalias).toBeUndefined();
    expect(of('db1-eth0')?.group).toBe('1886153058');
  });

  test('text that is more than one line of words never reaches ip', async () => {
    for (const line of [
      'link set dev lo up\nlink delete dev va',
      'link set dev "lo" up',
      'link set dev lo # up',
      'x\\',
    ]) {
      await expect(batch([{ key: 'hostile', lines: [line] }])).rejects.toThrow('not safe for ip -batch');
    }
  });

  test('a strict step ends at the first line that fails, takes no other step with it, and comes first', async () => {
    const results = await batch([
      { key: 'late', lines: ['link add name s2 type bridge'] },
      {
        key: 'strict',
        lines: ['link add name s1 type bridge', 'link add name s1 type bridge', 'link del dev s1'],
        strict: true,
      },
      { key: 'fine', lines: ['link add name s3 type bridge', 'link set dev s3 up'], strict: true },
      // Cannot be parsed, so that ip says no line number.
      { key: 'unknown', lines: ['link set dev s3 master nobody', 'link del dev s3'], strict: true },
    ]);
    expect(failures(results)).toEqual({
      strict: expect.stringContaining('File exists'),
      unknown: expect.stringContaining('nobody'),
    });
    expect(names()).toEqual(expect.arrayContaining(['s1', 's2', 's3']));
    expect(names().indexOf('s3')).toBeLessThan(names().indexOf('s2'));
  });

  describe('what counts on the steps', () => {
    const up = (name: string): IpStep => ({ key: `${name} up`, lines: [`link set dev ${name} up`] });

    test('goes along, as far as there is room', async () => {
      const results = await batch([bridge('f1'), bridge('f2')], {
        maxLines: 3,
        following: [up('f1'), up('f2')],
      });
      expect([...results.keys()]).toEqual(['f1', 'f2', 'f1 up']);
      expect(failures(results)).toEqual({});
      const bare = await batch([bridge('f3'), bridge('f4')], { maxLines: 1, following: [up('f3')] });
      expect([...bare.keys()]).toEqual(['f3', 'f4']);
    });

    test.each(['link add name lo type bridge', 'link set dev lo master nowhere'])(
      'is not begun where one of them fails, and they are gone through: %s',
      async (line) => {
        const [first, last] = [`${line.length}a`, `${line.length}b`];
        const results = await batch([bridge(first), { key: 'bad', lines: [line] }, bridge(last)], {
          // It would rename the stranger.
          following: [{ key: 'after', lines: ['link set dev va name vc'] }],
        });
        expect([...results.keys()]).toEqual([first, 'bad', last]);
        expect(Object.keys(failures(results))).toEqual(['bad']);
        expect(names()).toEqual(expect.arrayContaining([first, last, 'va']));
      },
    );

    test('ends at the first of it that fails', async () => {
      const results = await batch([bridge('f5'), bridge('f6')], {
        following: [up('f5'), up('nowhere'), { key: 'after', lines: ['link set dev va name vc'] }],
      });
      expect([...results.keys()]).toEqual(['f5', 'f6', 'f5 up', 'nowhere up']);
      expect(failures(results)).toEqual({ 'nowhere up': 'Cannot find device "nowhere"' });
      expect(names()).toContain('va');
    });
  });
});
