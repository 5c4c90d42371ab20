import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { goodStore, loadSnapshot } from '../../src/controller/good.ts';
import { document, scratch } from '../support/desired-directory.ts';
import { runInNamespace } from '../support/in-namespace.ts';
import { createNamespace } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';

const FILES = { 'ü/red.yaml': document('Network', 'red', '{ description: "ü" }') };

function store(directory: string) {
  const warnings: string[] = [];
  return { warnings, ...goodStore(directory, (message) => warnings.push(message)) };
}

describe('the last good documents', () => {
  it('are kept, for nobody else to read, and load as they were', async () => {
    const directory = join(scratch(), 'state');
    const { load, save } = store(directory);
    expect(await load()).toBeNull();
    await save({ revision: 'abc', files: FILES });
    const snapshot = await load();
    expect(snapshot).toEqual({ revision: 'abc', files: FILES });
    expect(statSync(join(directory, 'good.json')).mode & 0o777).toBe(0o600);
    if (snapshot === null) throw new Error('nothing was kept');
    const { fleet, revision, textOf } = await loadSnapshot(snapshot, { cache: null });
    expect(revision).toBe('abc');
    expect(fleet.networks.get('red')?.at([])).toMatchObject({ file: 'ü/red.yaml', line: 1, column: 1 });
    expect(await textOf('ü/red.yaml')).toBe(FILES['ü/red.yaml']);
  });

  it('count for nothing when they are damaged, and that is said', async () => {
    const directory = scratch();
    const { load, save, warnings } = store(directory);
    await save({ revision: null, files: FILES });
    const path = join(directory, 'good.json');
    const whole = readFileSync(path, 'utf8');
    for (const text of [
      whole.replace('red', 'rod'),
      whole.slice(0, -9),
      '',
      'x',
      whole.replace('-1 ', '-2 '),
    ]) {
      writeFileSync(path, text);
      expect(await load()).toBeNull();
    }
    expect(warnings).toHaveLength(5);
    await save({ revision: null, files: FILES });
    expect(await load()).toMatchObject({ files: FILES });
    truncateSync(path, 10);
    chmodSync(path, 0o600);
    expect(await load()).toBeNull();
  });
});

describeNeeding(['root'], 'the last good documents', () => {
  it('outlive a full disk, which is told', async () => {
    const namespace = createNamespace();
    onTestFinished(() => namespace.remove());
    const first = { revision: 'old', files: FILES };
    const second = { revision: 'new', files: { 'x.yaml': 'x'.repeat(200_000) } };
    const { error, kept, files } = await runInNamespace<typeof import('./full-disk.ts'), 'keepTwo'>(
      namespace,
      'test/controller/full-disk.ts',
      'keepTwo',
      [scratch(), first, second],
    );
    expect(error).toMatchObject({ code: 'ENOSPC', message: expect.stringContaining('the disk is full') });
    expect(kept).toEqual(first);
    expect(files).toEqual(['good.json']);
  });
});
